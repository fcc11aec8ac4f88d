"""Tables, templates, routes and senders of notifications."""

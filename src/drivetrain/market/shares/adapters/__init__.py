"""Public links over HTTP and in PostgreSQL, and the page that they lead to."""

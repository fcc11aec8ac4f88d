"""People in PostgreSQL, over HTTP and on the command line."""

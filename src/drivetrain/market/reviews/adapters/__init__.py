"""Reviews over HTTP and in PostgreSQL."""

"""Keys in PostgreSQL and over HTTP."""

"""HTTP and PostgreSQL of search."""

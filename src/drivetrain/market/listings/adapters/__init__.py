"""HTTP and PostgreSQL of listings."""

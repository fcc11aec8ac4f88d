"""HTTP, PostgreSQL, settings and tasks of recommendations."""

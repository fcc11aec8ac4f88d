"""HTTP and PostgreSQL for insight."""

"""HTTP, command line, tables, tasks and PostgreSQL of stock."""

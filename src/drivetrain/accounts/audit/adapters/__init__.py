"""The trail in PostgreSQL, over HTTP, on the command line and in metrics."""

"""Saved searches and alerts over HTTP, in PostgreSQL, and on a loop of the task worker."""

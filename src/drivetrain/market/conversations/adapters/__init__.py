"""Conversations over HTTP and in PostgreSQL."""

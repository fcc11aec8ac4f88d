"""Matching over HTTP, and holds in the database."""

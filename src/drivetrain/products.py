"""The one list of products."""

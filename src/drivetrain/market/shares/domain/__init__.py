"""A public link and its token."""

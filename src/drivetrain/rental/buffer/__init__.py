"""Buffer."""

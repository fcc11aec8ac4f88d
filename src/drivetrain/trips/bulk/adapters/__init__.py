"""Technologies."""

"""Used."""

"""Duration."""

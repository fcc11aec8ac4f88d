"""Values and rules of listings."""

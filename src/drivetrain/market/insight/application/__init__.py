"""Use cases of insight, and the port they need."""

"""Use cases of recommendations, and the ports they need."""

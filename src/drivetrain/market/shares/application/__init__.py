"""Use cases of public links."""

"""Use cases of saved searches and alerts."""

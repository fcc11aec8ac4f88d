"""Searches that people keep, and the alerts that changes of listings cause for them."""

"""Proving that the trail is whole, and what the trail is asked."""

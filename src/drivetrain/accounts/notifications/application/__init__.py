"""Delivering what waits, and reading what was delivered."""

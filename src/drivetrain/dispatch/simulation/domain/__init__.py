"""The city and who moves in it."""

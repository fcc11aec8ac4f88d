"""The migrations of the tables of sessions."""

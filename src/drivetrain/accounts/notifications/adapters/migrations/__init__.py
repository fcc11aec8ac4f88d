"""The migrations of the tables of notifications."""

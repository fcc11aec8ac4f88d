"""How much time to leave between two rentals of a shared car."""

"""What a car of the 1985 table is worth."""

"""Where every driver is and what they do, as each worker knows it, and who is nearest to a place."""

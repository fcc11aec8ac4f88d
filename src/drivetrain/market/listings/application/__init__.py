"""Use cases of listings, and the contract that a car is checked by."""

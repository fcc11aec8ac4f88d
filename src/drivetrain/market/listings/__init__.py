"""Listings: cars that companies offer, with their state, price history and owner."""

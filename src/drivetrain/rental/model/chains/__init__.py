"""Synthetic chained rentals whose true conflict rate and true effect of waiting are known."""

"""Realistic rides: parameters learned from real days or made by hand, and draws from them."""

"""Migrations of recommendations: interactions, and what was learned from them."""

"""Rides drawn from a model of demand, or replayed from a table."""

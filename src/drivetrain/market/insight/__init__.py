"""Insight: what is on the market and at which prices, and for a dealer how the own stock stands."""

"""Matching one rider, and offering the ride to one driver."""

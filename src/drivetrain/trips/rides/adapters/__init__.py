"""Rides: its technologies."""

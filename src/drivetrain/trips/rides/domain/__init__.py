"""Rides: values and rules."""

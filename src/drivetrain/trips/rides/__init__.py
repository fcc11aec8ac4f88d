"""Rides."""

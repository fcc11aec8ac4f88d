"""Rides: the fitted predictor."""

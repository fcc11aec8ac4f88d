"""Segments: the fitted predictor."""

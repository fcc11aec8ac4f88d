"""Segments: values and rules."""

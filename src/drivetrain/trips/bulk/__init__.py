"""Whole files of rides scored at once, every row exactly once."""

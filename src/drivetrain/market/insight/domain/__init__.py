"""Figures of many cars."""

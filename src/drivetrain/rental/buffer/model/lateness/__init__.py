"""Lateness."""

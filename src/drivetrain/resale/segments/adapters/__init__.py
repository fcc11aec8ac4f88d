"""Segments: its technologies."""

"""Outcomes: its technologies."""

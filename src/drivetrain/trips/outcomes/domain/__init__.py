"""Outcomes: values and rules."""

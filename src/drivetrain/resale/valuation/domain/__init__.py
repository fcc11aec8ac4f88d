"""Valuation: values and rules."""

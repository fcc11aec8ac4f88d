"""Valuation: its technologies."""

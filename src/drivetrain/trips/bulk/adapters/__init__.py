"""Bulk: its technologies."""

"""Bulk: values and rules."""

"""Slots: values and rules."""

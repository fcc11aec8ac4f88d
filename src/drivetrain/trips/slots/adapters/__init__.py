"""Slots: its technologies."""

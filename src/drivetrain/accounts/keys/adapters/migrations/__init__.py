"""Migrations of keys since people own some."""

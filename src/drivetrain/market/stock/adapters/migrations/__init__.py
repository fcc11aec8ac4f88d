"""Migrations of stock: sources, mappings, feeds, pulls."""

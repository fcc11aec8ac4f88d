"""Migrations of public links."""

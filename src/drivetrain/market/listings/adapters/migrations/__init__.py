"""Migrations of listings."""

"""Migrations of companies."""

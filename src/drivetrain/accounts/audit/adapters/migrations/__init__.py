"""Migrations of the table of the trail."""

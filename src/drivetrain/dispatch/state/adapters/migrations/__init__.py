"""Migrations of dead events."""

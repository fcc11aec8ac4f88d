"""Migrations of simulation."""

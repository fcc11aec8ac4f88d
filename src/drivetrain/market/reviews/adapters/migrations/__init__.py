"""Migrations of the tables of reviews."""

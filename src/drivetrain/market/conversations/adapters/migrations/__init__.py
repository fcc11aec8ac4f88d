"""Migrations of the tables of conversations."""

"""Migrations of the requests of riders."""

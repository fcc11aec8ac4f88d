"""Migrations of the tables of saved searches and alerts."""

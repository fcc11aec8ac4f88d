"""Migrations of holds and offers."""

"""Rentals in chains by car: the table, and generated ones."""

"""The city: areas and civil time."""

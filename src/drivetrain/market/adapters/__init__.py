"""How market meets HTTP, files and tables."""

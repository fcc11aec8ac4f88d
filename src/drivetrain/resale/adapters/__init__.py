"""How resale meets HTTP, files and tables."""

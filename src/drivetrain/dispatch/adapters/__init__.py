"""How dispatch meets HTTP, files and tables."""

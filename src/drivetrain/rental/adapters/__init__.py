"""How rental meets HTTP, files and tables."""

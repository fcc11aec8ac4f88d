"""How trips meets HTTP, files and tables."""

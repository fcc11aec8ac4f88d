"""Buffer: its technologies."""

"""Duration: its technologies."""

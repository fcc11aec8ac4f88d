"""Price: its technologies."""

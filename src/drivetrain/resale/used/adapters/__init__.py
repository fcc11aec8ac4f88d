"""Used: its technologies."""

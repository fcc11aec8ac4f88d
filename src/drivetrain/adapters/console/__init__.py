"""The terminal: what commands print and show while they work (Rich), and how they are grouped (Typer)."""

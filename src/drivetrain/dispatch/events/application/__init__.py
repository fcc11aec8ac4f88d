"""Taking events in: checked, and kept each once."""

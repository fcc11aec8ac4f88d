"""Following the log of events."""

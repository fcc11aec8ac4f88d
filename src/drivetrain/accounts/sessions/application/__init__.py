"""What is done with sessions, one file per use case."""

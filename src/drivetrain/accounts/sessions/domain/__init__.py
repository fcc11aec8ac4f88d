"""Rules about sessions; standard library only."""

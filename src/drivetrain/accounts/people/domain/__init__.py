"""Rules about people; standard library only."""

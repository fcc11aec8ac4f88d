"""Values and rules of trips: standard library and numpy only."""

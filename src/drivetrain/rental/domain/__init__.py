"""Values and rules of rental: standard library and numpy only."""

"""Values and rules of market: standard library and numpy only."""

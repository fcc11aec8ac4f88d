"""Values and rules of resale: standard library and numpy only."""

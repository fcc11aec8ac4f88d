"""Values and rules of dispatch: standard library and numpy only."""

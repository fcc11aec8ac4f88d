"""Values and rules of dispatch: standard library, numpy and scipy."""

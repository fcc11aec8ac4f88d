"""Values and rules of market: standard library, numpy and scipy."""

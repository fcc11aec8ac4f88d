"""Values and rules of rental: standard library, numpy and scipy."""

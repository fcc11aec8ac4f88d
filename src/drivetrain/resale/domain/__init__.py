"""Values and rules of resale: standard library, numpy and scipy."""

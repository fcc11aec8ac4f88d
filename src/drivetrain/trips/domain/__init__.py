"""Values and rules of trips: standard library, numpy and scipy."""

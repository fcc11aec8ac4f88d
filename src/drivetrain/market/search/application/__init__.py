"""Use cases of search, and the index that a worker keeps for them."""

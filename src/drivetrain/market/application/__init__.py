"""The use cases of market, one file each, and the ports they ask."""

"""The use cases of rental, one file each, and the ports they ask."""

"""The use cases of resale, one file each, and the ports they ask."""

"""The use cases of trips, one file each, and the ports they ask."""

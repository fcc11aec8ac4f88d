"""The use cases of dispatch, one file each, and the ports they ask."""

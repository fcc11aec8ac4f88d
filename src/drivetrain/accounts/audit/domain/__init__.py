"""What a line of the trail is, and how lines hold each other."""

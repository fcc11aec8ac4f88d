"""What the features of a driver are, and how they are counted."""

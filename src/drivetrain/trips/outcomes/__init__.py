"""What trips really took, and how well they were predicted."""

"""Which driver is the best for a rider, and why."""

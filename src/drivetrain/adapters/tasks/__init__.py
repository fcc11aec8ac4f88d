"""Background tasks by procrastinate."""

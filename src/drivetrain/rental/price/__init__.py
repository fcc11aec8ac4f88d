"""What to charge per day for one listing."""

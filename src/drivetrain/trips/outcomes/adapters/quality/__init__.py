"""The quality of trip durations, read by HTTP and by command."""

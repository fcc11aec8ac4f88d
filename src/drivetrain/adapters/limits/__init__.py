"""Rate limits by the library limits, counted in Redis or what takes its place."""

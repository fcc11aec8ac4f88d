"""Cities that are made up: one that drives the running platform, and ones in which policies are compared."""

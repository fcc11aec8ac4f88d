"""Features of drivers: one code for what a decision sees and for what is learned from the log."""

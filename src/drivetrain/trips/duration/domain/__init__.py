"""Duration: values and rules."""

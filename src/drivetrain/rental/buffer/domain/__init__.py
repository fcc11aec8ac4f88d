"""Buffer: values and rules."""

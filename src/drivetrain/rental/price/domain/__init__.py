"""Price: values and rules."""

"""City: values and rules."""

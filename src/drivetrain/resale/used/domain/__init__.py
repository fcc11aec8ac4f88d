"""Used: values and rules."""

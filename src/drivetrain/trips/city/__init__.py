"""City."""

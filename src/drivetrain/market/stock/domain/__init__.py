"""Values and rules of stock: which car is which, and what has become of it since the last table."""

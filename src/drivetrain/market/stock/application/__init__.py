"""Use cases of stock, and how a table of a dealer is read."""

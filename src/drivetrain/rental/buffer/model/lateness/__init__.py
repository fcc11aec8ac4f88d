"""How late check-outs are, learned from the table."""

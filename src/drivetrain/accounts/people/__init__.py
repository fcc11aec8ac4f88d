"""People: their names and addresses, passwords, roles, and the links that are good for one use."""

"""How long a trip takes, from what is known before it starts."""

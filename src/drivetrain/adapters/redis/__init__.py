"""Redis, or Valkey: what can be lost."""

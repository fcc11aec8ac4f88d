"""Settings from the environment, by group (pydantic-settings)."""

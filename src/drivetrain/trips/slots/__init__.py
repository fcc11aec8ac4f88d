"""The scheduled scoring: every slot exactly once."""

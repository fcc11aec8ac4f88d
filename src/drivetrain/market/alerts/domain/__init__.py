"""Saved searches, alerts, and the rule that leads from a change to them."""

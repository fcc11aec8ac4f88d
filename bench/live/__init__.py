"""Dispatch as it runs: 100,000 drivers who report five thousand times a second, and riders who are matched meanwhile."""

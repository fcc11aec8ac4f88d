"""Reviews of dealers and cars, by people who had contact."""

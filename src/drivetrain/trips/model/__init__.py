"""The fitted predictors of trips, one folder each."""

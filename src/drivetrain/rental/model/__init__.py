"""The fitted predictors of rental, one folder each."""

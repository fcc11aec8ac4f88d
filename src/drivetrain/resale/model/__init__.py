"""The fitted predictors of resale, one folder each."""

"""The fitted predictors of market, one folder each."""

"""The fitted predictors of dispatch, one folder each."""

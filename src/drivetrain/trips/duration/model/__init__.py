"""Duration: the fitted predictor."""

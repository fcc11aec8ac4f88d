"""Buffer: the fitted predictor."""

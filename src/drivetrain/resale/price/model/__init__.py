"""Price: the fitted predictor."""

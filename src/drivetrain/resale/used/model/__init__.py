"""Used: the fitted predictor."""

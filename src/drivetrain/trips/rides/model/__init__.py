"""Fitted predictors."""

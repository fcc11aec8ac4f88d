"""Answering with a live version, and the decisions that come of it."""

"""Simulated buyers and what recommendations are worth to them. None of these buyers exists."""

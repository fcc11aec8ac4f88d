"""Drivers as columns of numbers, and an index of those who are idle."""

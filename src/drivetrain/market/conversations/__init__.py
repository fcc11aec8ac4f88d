"""Conversations of buyers with dealers about a car, and of people with the support of the platform."""

"""Rules of recommendations: interactions, tastes, factors of types of cars, and the order of a slate."""

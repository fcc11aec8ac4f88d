"""What many reviews say: a Bayesian mean with its interval, and nothing where there are too few."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

STARS = (1, 2, 3, 4, 5)

FEWEST = 5
"""Reviews that it takes for a mean; of fewer the counts alone are shown."""

PRIOR = 1.0
"""Imagined reviews of each number of stars, before there are any: a few enthusiasts make no five."""

COVERAGE = 0.9
_DEVIATIONS = 1.6448536269514722
"""Standard deviations of a normal distribution to each side that hold ``COVERAGE``."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A summary of published reviews.

    Attributes:
        counts: by number of stars.
        mean, low, high: stars; None where there are fewer than ``FEWEST`` reviews.
    """

    counts: Mapping[int, int]
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def reviews(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


def rated(counts: Mapping[int, int]) -> Rating:
    """The rating from the counts of reviews by stars.

    The shares of the stars have a Dirichlet distribution with ``PRIOR`` for each number before any review, and with the
    counts added after them. Its mean of the stars, and a normal interval from its variance, cut to 1 and 5.

    Source:
        A. Gelman and others, Bayesian Data Analysis, 3rd edition, section 3.4; as a ranking of reviews: E. Miller,
        "Ranking Items With Star Ratings", 2014.
    """
    every = {stars: counts.get(stars, 0) for stars in STARS}
    if sum(every.values()) < FEWEST:
        return Rating(every)
    weights = {stars: PRIOR + count for stars, count in every.items()}
    total = sum(weights.values())
    mean = sum(stars * weight for stars, weight in weights.items()) / total
    square = sum(stars**2 * weight for stars, weight in weights.items()) / total
    reach = _DEVIATIONS * math.sqrt((square - mean**2) / (total + 1))
    return Rating(every, mean, max(float(STARS[0]), mean - reach), min(float(STARS[-1]), mean + reach))

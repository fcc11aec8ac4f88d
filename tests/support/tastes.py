"""Made-up buyers of two circles, each of which looks at models of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tests.support.market import listed_car

from drivetrain.market.recommendations.domain.fit import Looks
from drivetrain.market.search.domain.columns import ListedCar

MODELS_OF_TWO_CIRCLES = 12


def circles(buyers: int, seed: int = 1) -> tuple[Sequence[ListedCar], Looks]:
    """Cars, one of each model; those with even numbers are for even buyers, and nothing else tells the models apart."""
    cars = [listed_car(number, "Make", f"Model {number}") for number in range(MODELS_OF_TWO_CIRCLES)]
    viewers = np.repeat(np.arange(buyers), 4)
    draw = np.random.default_rng(seed)
    viewed = draw.integers(0, MODELS_OF_TWO_CIRCLES // 2, len(viewers)) * 2 + viewers % 2
    pairs = np.unique(np.stack([viewers, viewed]), axis=1)
    return cars, Looks(pairs[0], pairs[1], np.ones(pairs.shape[1]))

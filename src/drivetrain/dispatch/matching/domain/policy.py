"""Ranking drivers for a rider: by how long the rider is expected to wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivetrain.dispatch.state.domain.cells import Nearby
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

_SERVED_MIN = 60.0
"""What it is worth that a rider is driven at all: longer than any wait within the largest radius that makes sense."""

SCORE_MIN = 10.0
"""A wait of so many minutes has a score of 1/e."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Drivers in the order in which they should be asked, each column of shape (n,).

    Attributes:
        rows: of the candidates that were ranked.
        age_s: how old each position is, seconds, >= 0.
        eta_min: expected time to the pick-up from where the driver was seen, minutes.
        unsure_min: what the age of the position may add to it, minutes.
        scores: in (0, 1], the larger the better.
    """

    rows: IntArray
    age_s: FloatArray
    eta_min: FloatArray
    unsure_min: FloatArray
    scores: FloatArray

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class PickUpPolicy:
    """The expected pick-up time from the distance, and from the age of the position. The one policy of all matching.

    A driver who was seen ``age_s`` seconds ago may have gone on, towards the rider or away from them: half of the
    time that this took is added. So of two drivers at one place the one who was heard of last is asked first.

    Source of the constants: median regression of the minutes of taxi trips in New York, 1 to 18 January 2015, on the
    great-circle distance between their ends, 0.05 to 6 km (``ride_dispatch/nyc_yellow_2015-01_sample.csv.gz``). No
    command of the repository fits them again. Empty taxis on their way to a rider are in no table.

    Attributes:
        start_min: minutes that every way takes, whatever its length.
        min_per_km: minutes for each kilometre of great-circle distance.
    """

    version: str = "1"
    start_min: float = 2.21
    min_per_km: float = 3.29

    def rank(self, nearby: Nearby, *, now_us: int) -> Ranking:
        """All candidates, the one with the shortest expected wait first; of equal ones the nearer."""
        age_s = np.maximum((now_us - nearby.at_us) / 1e6, 0.0)
        eta_min = self.start_min + self.min_per_km * nearby.distances_km
        unsure_min = age_s / 120.0
        wait_min = eta_min + unsure_min
        rows = np.argsort(wait_min, kind="stable")
        return Ranking(
            rows, age_s[rows], eta_min[rows], unsure_min[rows], np.exp(-wait_min[rows] / SCORE_MIN)
        )

    def batch_cost_min(self, wait_min: float, waited_min: float) -> float:
        """What a driver costs for a rider where drivers are shared out among many, minutes; none costs 0.

        Where drivers are scarce, a rider who has waited for a minute longer may be a minute farther from the driver.

        Args:
            wait_min: that is expected, as this policy ranks by it.
            waited_min: since the rider asked.
        """
        return wait_min - _SERVED_MIN - waited_min

"""Ranking drivers for a rider: by how long the rider is expected to wait, and what else counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from drivetrain.dispatch.state.domain.cells import Nearby
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

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
class Weights:
    """What counts beside the expected wait where drivers are shared out among many riders.

    Attributes:
        served_min: what it is worth that a rider who has just asked is driven, minutes of waiting; no driver is
            offered to them who would take longer.
        waited: minutes that a rider may be farther from a driver for each minute that they have waited longer.
        refusal_min: what a refusal costs the rider, minutes; 0 for not looking at who will refuse.
        place: what counts of each minute that a driver is expected to stand idle, here or where the ride ends.
    """

    served_min: float = 60.0
    waited: float = 1.0
    refusal_min: float = 0.0
    place: float = 0.0

    def as_mapping(self) -> Mapping[str, float]:
        """By name, as results and releases have them."""
        return asdict(self)


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
    weights: Weights = field(default_factory=Weights)

    def rank(self, nearby: Nearby, *, now_us: int) -> Ranking:
        """All candidates, the one with the shortest expected wait first; of equal ones the nearer."""
        age_s = np.maximum((now_us - nearby.at_us) / 1e6, 0.0)
        eta_min = self.eta_min(nearby.distances_km)
        unsure_min = age_s / 120.0
        wait_min = eta_min + unsure_min
        rows = np.argsort(wait_min, kind="stable")
        return Ranking(
            rows, age_s[rows], eta_min[rows], unsure_min[rows], np.exp(-wait_min[rows] / SCORE_MIN)
        )

    def eta_min(self, distances_km: FloatArray) -> FloatArray:
        """The expected time to the pick-up, minutes."""
        return self.start_min + self.min_per_km * distances_km

    def batch_costs_min(
        self,
        waits_min: FloatArray,
        waited_min: FloatArray,
        *,
        acceptance: FloatArray | None = None,
        idle_min: FloatArray | None = None,
    ) -> FloatArray:
        """What each driver costs for each rider where drivers are shared out among many, minutes; none costs 0.

        Where drivers are scarce, a rider who has waited longer may be farther from the driver. Of a rider who asks one
        driver after the other, the expected wait is least if they are asked in the order of ``wait + r (1 - p) / p``:
        with chance p a driver accepts, so (1 - p) / p refusals are expected, and each costs r.

        Args:
            waits_min: that are expected, as this policy ranks by them, shape (riders, drivers); infinite for not possible.
            waited_min: since each rider asked, shape (riders,).
            acceptance: chance that the driver accepts, in (0, 1], shape (riders, drivers).
            idle_min: how much longer than where the driver is one is expected to stand idle where the ride ends,
                shape (riders, drivers).
        """
        weights = self.weights
        costs = waits_min - weights.served_min - (weights.waited * waited_min)[:, None]
        if acceptance is not None:
            costs = costs + weights.refusal_min * (1.0 - acceptance) / acceptance
        if idle_min is not None:
            costs = costs + weights.place * idle_min
        return costs

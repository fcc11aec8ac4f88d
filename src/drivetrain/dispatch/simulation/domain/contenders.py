"""Policies that are compared: the class that serves, with other weights and other ways to share drivers out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivetrain.dispatch.matching.domain.assignment import Pair, best_pairs, closest_pairs
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.domain.drivers import FloatArray

BoolArray = NDArray[np.bool_]


class Assignment(StrEnum):
    """How the drivers of a window are shared out."""

    FIRST_COME = "first_come"
    CLOSEST = "closest"
    OPTIMAL = "optimal"


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Who waits and who is idle at an instant.

    Attributes:
        distances_km: shape (riders, drivers).
        is_possible: whether a driver may be asked for a rider, shape (riders, drivers).
        waited_min: shape (riders,), in the order in which they asked, the first one first.
        acceptance: chances that drivers without a leaning accept, in (0, 1), shape (riders, drivers); a policy that
            looks at it knows the city as well as anybody can.
        idle_min: how much longer than where the driver is one is expected to stand idle where the ride ends,
            shape (riders, drivers).
    """

    distances_km: FloatArray
    is_possible: BoolArray
    waited_min: FloatArray
    acceptance: Callable[[], FloatArray]
    idle_min: Callable[[], FloatArray]


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy in the league.

    Attributes:
        key: its name in commands and results.
        policy: expected waits and costs.
        reposition_after_s: idle drivers are sent to where they stand idle for less after so long; None for leaving
            them to themselves.
    """

    key: str
    summary: str
    policy: PickUpPolicy
    assignment: Assignment
    reposition_after_s: float | None = None

    def propose(self, window: Window) -> list[Pair]:
        """Which rider gets an offer from which driver, by their places in the window; each once."""
        waits_min = np.where(window.is_possible, self.policy.eta_min(window.distances_km), np.inf)
        weights = self.policy.weights
        costs = self.policy.batch_costs_min(
            waits_min,
            window.waited_min,
            acceptance=window.acceptance() if weights.refusal_min else None,
            idle_min=window.idle_min() if weights.place else None,
        )
        return _SHARED_OUT[self.assignment](costs)


def first_come_pairs(costs: FloatArray) -> list[Pair]:
    """Each rider's best driver whom no earlier rider has, in the order of the riders; only who costs less than nothing."""
    pairs: list[Pair] = []
    left = costs.copy()
    for rider in range(len(left)):
        driver = int(left[rider].argmin())
        if left[rider, driver] < 0:
            pairs.append((rider, driver))
            left[:, driver] = np.inf
    return pairs


_SHARED_OUT = {
    Assignment.FIRST_COME: first_come_pairs,
    Assignment.CLOSEST: closest_pairs,
    Assignment.OPTIMAL: best_pairs,
}

"""A plain source of rides and a plain model for the scheduled scoring: quick, and the same whenever they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.city.domain.areas import AREAS
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.slots.application.ports import PastModel

BEGIN = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
"""Begin of a slot, long before any test runs."""


@dataclass(frozen=True, slots=True)
class PlainSource:
    """``per_slot`` rides a slot, drawn with the slot as seed; some of their amounts are unknown."""

    per_slot: int = 100
    name: str = "plain"
    is_synthetic: bool = True

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        count = self.per_slot
        draw = np.random.default_rng(int(slot_at.timestamp()))
        start = np.datetime64(slot_at.replace(tzinfo=None), "us")
        offset = np.sort(draw.integers(0, length_min * 60_000_000, count)).astype("timedelta64[us]")
        miles = draw.gamma(2.0, 2.0, count)
        fare = np.where(draw.random(count) < 0.1, np.nan, 3.25 + 2.25 * miles)
        pickup, dropoff = draw.integers(0, AREAS + 1, (2, count), dtype=np.int16)
        return Rides(pickup, dropoff, start + offset, fare, fare * 1.2, miles, 5 + 3 * miles)


@dataclass(frozen=True, slots=True)
class PlainEstimates:
    duration_min: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlainModel:
    """Takes the difference of the areas for minutes."""

    ref: ModelRef = field(default_factory=lambda: ModelRef("trip-duration", "1"))

    def estimate_rides(self, rides: Rides) -> PlainEstimates:
        apart = np.abs(rides.pickup_community_area.astype(float) - rides.dropoff_community_area)
        return PlainEstimates(5 + apart, 2 + apart, 10 + apart)


@dataclass(slots=True)
class PlainModels:
    """The port ``PastModels`` with one version for all times."""

    model: PlainModel = field(default_factory=PlainModel)

    def live_at(self, instant: datetime) -> PastModel:
        assert instant.tzinfo is not None
        return PastModel(self.model)

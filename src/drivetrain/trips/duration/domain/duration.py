"""How long a trip takes: rounded minutes with their range, and reasons that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

COVERAGE = 0.9
"""Share of trips that the range is calibrated to hold."""

SHORTEST_MIN, LONGEST_PREDICTED_MIN = 1.0, 120.0
"""What counts as a trip, minutes. Shorter ones are meters switched on and off; longer ones meters left running, or a
driver hired by the hour: neither is a way from one place to another."""

DIGITS = 2
"""Hundredths of a minute: finer than any trip is known, and fine enough for reasons to add up."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """What of a trip the training table does not show.

    Attributes:
        pair: both areas are known, and no training trip ran between them.
        calendar: hardly any ran at such hours of such days: working days, or weekends and holidays.
        pickup_tract, dropoff_tract: the tract is given, but not one that is told apart, or not in the area that is
            named; the area counts alone.
    """

    pair: bool = False
    calendar: bool = False
    pickup_tract: bool = False
    dropoff_tract: bool = False


FAMILIAR = Novelty()
_NONE_NEW: Mapping[int, Novelty] = {}


@dataclass(frozen=True, slots=True)
class TripDuration:
    """How long a trip takes, minutes, in hundredths, ``low <= duration_min <= high``."""

    duration_min: float
    low: float
    high: float
    novelty: Novelty = FAMILIAR

    def as_dict(self) -> dict[str, object]:
        """The duration as it stands in answers and in the ledger."""
        return {
            "duration_min": self.duration_min,
            "range": {"low": self.low, "high": self.high, "coverage": COVERAGE},
        }

    def relative_width(self) -> float:
        """Width of the range as a share of the duration."""
        return (self.high - self.low) / self.duration_min


@dataclass(frozen=True, slots=True)
class DurationReason:
    """What one field, or what is known of both areas together, does to the duration against the average trip.

    Attributes:
        effect: minutes.
    """

    name: str
    value: object
    effect: float


@dataclass(frozen=True, slots=True)
class TypicalDuration:
    """What trips between these areas at such an hour took, and how many trips that rests on.

    Attributes:
        duration_min: shrunk toward pairs alike and other hours where there are few trips.
        hours: the hours it is about, in words.
        trips_of_pair, trips_at_hour: of the training table.
    """

    duration_min: float
    hours: str
    trips_of_pair: int
    trips_at_hour: int


@dataclass(frozen=True, slots=True)
class DurationExplanation:
    """Why a trip takes so long.

    Attributes:
        average_min: what the model says of the average trip; the duration minus this is the sum of the
            effects.
        reasons: largest effect first.
    """

    average_min: float
    reasons: Sequence[DurationReason]
    typical: TypicalDuration


def durations(
    duration_min: FloatArray, low: FloatArray, high: FloatArray, novelties: Mapping[int, Novelty] = _NONE_NEW
) -> list[TripDuration]:
    """Durations for rows of estimates.

    Args:
        duration_min, low, high: minutes, shape (n_rows,), ``0 < low <= duration_min <= high``.
        novelties: by row, for those of which something is new.
    """
    columns = [np.round(column, DIGITS).tolist() for column in (duration_min, low, high)]
    values = [TripDuration(*row) for row in zip(*columns, strict=True)]
    for row, novelty in novelties.items():
        values[row] = replace(values[row], novelty=novelty)
    return values

"""The hours of the week as the model tells them apart, looked up by kind of day and minute of the day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import InstantArray
from drivetrain.trips.city.domain.civil_time import (
    CHICAGO,
    HOLIDAY,
    MINUTES_PER_DAY,
    SUNDAY,
    day_kinds,
)

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

SATURDAY = SUNDAY - 1
KINDS = HOLIDAY + 1
FEATURES = ("hour_of_day", "hour_of_week", "is_day_off")


@dataclass(frozen=True, slots=True)
class Band:
    """Hours in which traffic is alike.

    Attributes:
        first_hour, end_hour: of the civil day; the band wraps around midnight where it starts later than it
            ends.
    """

    is_day_off: bool
    first_hour: int
    end_hour: int

    def holds(self, hour: int) -> bool:
        """True for a full hour inside."""
        if self.first_hour < self.end_hour:
            return self.first_hour <= hour < self.end_hour
        return hour >= self.first_hour or hour < self.end_hour

    def words(self) -> str:
        """For answers: ``working days, 15:00 to 19:00``."""
        days = "weekends and holidays" if self.is_day_off else "working days"
        return f"{days}, {self.first_hour:02d}:00 to {self.end_hour:02d}:00"


BANDS = (
    Band(is_day_off=False, first_hour=22, end_hour=6),
    Band(is_day_off=False, first_hour=6, end_hour=10),
    Band(is_day_off=False, first_hour=10, end_hour=15),
    Band(is_day_off=False, first_hour=15, end_hour=19),
    Band(is_day_off=False, first_hour=19, end_hour=22),
    Band(is_day_off=True, first_hour=20, end_hour=8),
    Band(is_day_off=True, first_hour=8, end_hour=20),
)


def week_minutes(instants: InstantArray) -> tuple[IndexArray, NDArray[np.int64]]:
    """Where instants fall in ``hour_table`` and ``band_table``, and their civil hours, counted from 1970-01-01.

    Args:
        instants: UTC, ``datetime64[us]``, shape (n_rides,).
    """
    minutes = CHICAGO.minutes(instants)
    days = minutes // MINUTES_PER_DAY
    kinds = day_kinds(days).astype(np.intp)
    return kinds * MINUTES_PER_DAY + (minutes - days * MINUTES_PER_DAY), minutes // 60


@cache
def hour_table(*, knows_week: bool) -> FloatArray:
    """The features of every minute of every kind of day, shape (``KINDS`` x ``MINUTES_PER_DAY``, 3).

    Args:
        knows_week: False where the training table holds too few days to tell a Monday from that Monday: then
            all working days are one, and all days off.
    """
    hour = np.arange(MINUTES_PER_DAY) / 60
    parts = []
    for kind in range(KINDS):
        is_off = kind >= SATURDAY
        as_kind = min(kind, SUNDAY) if knows_week else SATURDAY if is_off else 0
        parts.append(np.column_stack([hour, 24 * as_kind + hour, np.full(MINUTES_PER_DAY, float(is_off))]))
    return _read_only(np.vstack(parts))


@cache
def band_table() -> IndexArray:
    """The band of every minute of every kind of day, shape (``KINDS`` x ``MINUTES_PER_DAY``,)."""
    bands = [
        next(
            index
            for index, band in enumerate(BANDS)
            if band.is_day_off == (kind >= SATURDAY) and band.holds(hour)
        )
        for kind in range(KINDS)
        for hour in range(24)
    ]
    return _read_only(np.repeat(np.asarray(bands, dtype=np.intp), 60))


A = TypeVar("A", bound=NDArray[Any])


def _read_only(table: A) -> A:
    """The table, which all who ask share, so that none may change it."""
    table.flags.writeable = False
    return table

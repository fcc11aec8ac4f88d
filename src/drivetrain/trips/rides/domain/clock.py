"""Civil time of rides: slots are instants, the habits of a city follow its clocks.

Chicago's offset from UTC is always whole hours, so every civil hour is one UTC hour: the autumn hour that
comes twice is two UTC hours with the same name, and the spring hour that is skipped is the name of none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from drivetrain.core.city import FloatArray, InstantArray, IntArray
from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO

HOURS = 24
DAYS = 7
ROUNDING_MIN = 15
"""The published tables give starts to the nearest quarter of an hour."""


_ROUNDING_US = ROUNDING_MIN * 60_000_000


@dataclass(frozen=True, slots=True)
class CivilPiece:
    """A part of a slot that lies within one civil hour.

    Attributes:
        start_at: aware, UTC.
        length_min: > 0, at most 60.
        weekday: 0 is Monday.
        hour: civil, 0 to 23.
        minute_of_day: civil minutes since midnight by the clock on the wall, at the start.
    """

    start_at: datetime
    length_min: float
    weekday: int
    hour: int
    minute_of_day: float


def civil_pieces(slot_at: datetime, length_min: int) -> Iterator[CivilPiece]:
    """A slot cut at the civil hours, in order.

    Raises:
        InvalidInputError: the slot has no zone or no length.
    """
    if slot_at.tzinfo is None:
        raise InvalidInputError(
            "A slot is an instant: give it with its zone.", code="trips.slot_without_zone"
        )
    if length_min < 1:
        raise InvalidInputError("A slot lasts at least one minute.", code="trips.bad_slot_length")
    begin = slot_at.astimezone(UTC)
    end = begin + timedelta(minutes=length_min)
    while begin < end:
        until = min(end, begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        civil = begin.astimezone(CHICAGO.zone)
        minute = civil.hour * 60 + civil.minute + civil.second / 60 + civil.microsecond / 60e6
        yield CivilPiece(begin, (until - begin) / timedelta(minutes=1), civil.weekday(), civil.hour, minute)
        begin = until


def civil_hours(starts: InstantArray) -> tuple[IntArray, IntArray, IntArray]:
    """Ordinal of the civil date, weekday (0 is Monday) and civil hour of instants, each of shape (n_rides,)."""
    civil = CHICAGO.times(starts)
    dates = civil.astype("datetime64[D]")
    days = dates.astype(np.int64) + date(1970, 1, 1).toordinal()
    hours = (civil.astype("datetime64[h]") - dates).astype(np.int64)
    return days, (days - 1) % DAYS, hours  # the first of all days was a Monday


def minutes_of_day(starts: InstantArray) -> FloatArray:
    """Civil minutes since midnight by the clock on the wall, shape (n_rides,), in [0, 1440)."""
    civil = CHICAGO.times(starts)
    hours = civil.astype("datetime64[h]")
    within = (civil - hours) / np.timedelta64(1, "us")
    minutes: FloatArray = (hours - civil.astype("datetime64[D]")).astype(np.int64) * 60 + within / 60e6
    return minutes


def rounded(starts: InstantArray) -> InstantArray:
    """Starts as they are published: to the nearest quarter of an hour."""
    since = starts.astype("datetime64[us]").astype(np.int64)
    return ((since + _ROUNDING_US // 2) // _ROUNDING_US * _ROUNDING_US).astype("datetime64[us]")


def spread(starts: InstantArray) -> InstantArray:
    """Published starts, spread evenly over the quarter of an hour that each was rounded to, shape (n_rides,).

    Without it a replayed day would come in a burst every fifteen minutes. Rides of the same quarter of an
    hour keep their order and stand at equal distances, so the same table always gives the same instants. Half
    of a day's first quarter would lie before the day; it is moved to the day's end, where half a quarter is
    missing.
    """
    days, _, _ = civil_hours(starts)
    moved = starts.astype("datetime64[us]")
    for day in np.unique(days).tolist():
        moved[days == day] = _spread_day(moved[days == day])
    return moved


def _spread_day(stamps: InstantArray) -> InstantArray:
    order = np.argsort(stamps, kind="stable")
    _, first, count = np.unique(stamps[order], return_index=True, return_counts=True)
    of_stamp = np.repeat(count, count)
    within = (np.arange(len(stamps)) - np.repeat(first, count) + 0.5) / of_stamp
    shift_us = np.empty(len(stamps), dtype=np.int64)
    shift_us[order] = np.floor((within - 0.5) * _ROUNDING_US)
    moved = stamps + shift_us.astype("timedelta64[us]")
    length = stamps.max() - stamps.min() + np.timedelta64(_ROUNDING_US, "us")
    within_day: InstantArray = np.where(moved < stamps.min(), moved + length, moved)
    return within_day

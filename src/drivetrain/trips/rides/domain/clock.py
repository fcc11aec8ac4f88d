"""Civil time of rides: slots are instants, the habits of a city follow its clocks.

Chicago's offset from UTC is always whole hours, so every civil hour is one UTC hour: the autumn hour that
comes twice is two UTC hours with the same name, and the spring hour that is skipped is the name of none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO

HOURS = 24
DAYS = 7
ROUNDING_MIN = 15
"""The published tables give starts to the nearest quarter of an hour."""

Instants = NDArray[np.datetime64]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

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
    at = slot_at.astimezone(UTC)
    end = at + timedelta(minutes=length_min)
    while at < end:
        until = min(end, at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        civil = at.astimezone(CHICAGO)
        minute = civil.hour * 60 + civil.minute + civil.second / 60 + civil.microsecond / 60e6
        yield CivilPiece(at, (until - at) / timedelta(minutes=1), civil.weekday(), civil.hour, minute)
        at = until


def civil_day(day: date) -> tuple[datetime, int]:
    """Start of a civil day as an instant, and its length in minutes: 1440, and 1380 or 1500 when the clocks change."""
    start, end = (
        datetime(each.year, each.month, each.day, tzinfo=CHICAGO) for each in (day, day + timedelta(days=1))
    )
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    return start, round((end - start) / timedelta(minutes=1))


def civil_hours(starts: Instants) -> tuple[IntArray, IntArray, IntArray]:
    """Ordinal of the civil date, weekday (0 is Monday) and civil hour of instants, each of shape (n_rides,)."""
    hours, place = np.unique(starts.astype("datetime64[h]"), return_inverse=True)
    civil = [datetime.fromtimestamp(int(hour) * 3600, CHICAGO) for hour in hours.astype(np.int64)]
    of_hours = np.array(
        [(each.toordinal(), each.weekday(), each.hour) for each in civil], dtype=np.int64
    ).reshape(-1, 3)
    days, weekdays, names = of_hours[place.reshape(-1)].T
    return days, weekdays, names


def minutes_of_day(starts: Instants) -> FloatArray:
    """Civil minutes since midnight by the clock on the wall, shape (n_rides,), in [0, 1440)."""
    _, _, hours = civil_hours(starts)
    within = (starts - starts.astype("datetime64[h]")) / np.timedelta64(1, "us")
    minutes: FloatArray = hours * 60 + within / 60e6
    return minutes


def rounded(starts: Instants) -> Instants:
    """Starts as they are published: to the nearest quarter of an hour."""
    since = starts.astype("datetime64[us]").astype(np.int64)
    return ((since + _ROUNDING_US // 2) // _ROUNDING_US * _ROUNDING_US).astype("datetime64[us]")


def civil_stamps(starts: Instants) -> Instants:
    """What the clocks of Chicago show at instants: without zone, and ambiguous in the autumn hour, as published."""
    days, _, hours = civil_hours(starts)
    midnights = (days - date(1970, 1, 1).toordinal()).astype("datetime64[D]").astype("datetime64[us]")
    within: Instants = starts - starts.astype("datetime64[h]")
    stamps: Instants = midnights + hours.astype("timedelta64[h]") + within
    return stamps


def spread(starts: Instants) -> Instants:
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


def _spread_day(stamps: Instants) -> Instants:
    order = np.argsort(stamps, kind="stable")
    _, first, count = np.unique(stamps[order], return_index=True, return_counts=True)
    of_stamp = np.repeat(count, count)
    within = (np.arange(len(stamps)) - np.repeat(first, count) + 0.5) / of_stamp
    shift_us = np.empty(len(stamps), dtype=np.int64)
    shift_us[order] = np.floor((within - 0.5) * _ROUNDING_US)
    moved = stamps + shift_us.astype("timedelta64[us]")
    length = stamps.max() - stamps.min() + np.timedelta64(_ROUNDING_US, "us")
    within_day: Instants = np.where(moved < stamps.min(), moved + length, moved)
    return within_day

"""Starts of rides as tables have them: instants, or the civil time of Chicago without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from drivetrain.trips.city.domain.civil_time import CHICAGO, FIRST_YEAR, LAST_YEAR, InstantArray

FIRST, END = np.datetime64(f"{FIRST_YEAR}-01-01", "us"), np.datetime64(f"{LAST_YEAR + 1}-01-01", "us")
"""The calendar of the model; a start outside of it is as good as none."""

_HOUR_US = 3_600_000_000
_NOT_A_TIME = np.iinfo(np.int64).min
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - civil time, on purpose


def known_starts(instants: InstantArray) -> InstantArray:
    """The instants, UTC, with NaT for those outside the calendar."""
    return np.where((instants >= FIRST) & (instants < END), instants, np.datetime64("NaT", "us"))


def instants_of(civil: InstantArray) -> InstantArray:
    """The instants of civil times of Chicago.

    The hour that comes twice in autumn counts as its first pass: a time without a zone does not tell which
    one it was.

    Args:
        civil: ``datetime64[us]``, shape (n,); NaT unknown.

    Returns:
        UTC; NaT for the hour that is skipped in spring, for what is outside the calendar, and for the
        unknown.
    """
    known = known_starts(civil)
    hours, place = np.unique(known.view(np.int64) // _HOUR_US, return_inverse=True)
    offsets_us = np.asarray([_offset_us(hour) for hour in hours.tolist()], dtype=np.int64)[place]
    exists = ~np.isnat(known) & (offsets_us != _NOT_A_TIME)
    instants = np.full(len(civil), np.datetime64("NaT", "us"))
    instants[exists] = known[exists] - offsets_us[exists].view("timedelta64[us]")
    return instants


@lru_cache(maxsize=100_000)
def _offset_us(civil_hour: int) -> int:
    """Offset from UTC in a civil hour since 1970, microseconds. Chicago changes its clocks at full hours."""
    try:
        civil = _EPOCH + timedelta(hours=civil_hour)
    except OverflowError:  # the hour of NaT
        return _NOT_A_TIME
    aware = civil.replace(tzinfo=CHICAGO)
    if aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != civil:
        return _NOT_A_TIME  # skipped
    return int((civil - aware.astimezone(UTC).replace(tzinfo=None)) / timedelta(microseconds=1))

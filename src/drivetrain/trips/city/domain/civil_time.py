"""Chicago's clocks, weekdays and holidays."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import CivilTime, IntArray

ZONE = "America/Chicago"
CHICAGO = CivilTime(ZONE)
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Years of which the holidays are known: the contract refuses instants outside of them."""

MONDAY, SUNDAY, HOLIDAY = 0, 6, 7
"""Kinds of day: the seven weekdays from Monday on, and the federal holidays, whatever weekday they fall
on."""

MINUTES_PER_DAY = 1_440
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_JUNETEENTH_SINCE = 2021


def day_kinds(civil_days: IntArray) -> NDArray[np.int8]:
    """Weekday or ``HOLIDAY`` of civil days, counted from 1970-01-01."""
    first, kinds = _calendar()
    return kinds[civil_days - first]


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """The days on which federal offices rest, observed days included.

    Source:
        5 U.S.C. 6103; a holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday
        after.
    """
    fixed = [
        date(year, month, day)
        for month, day in _FIXED
        if (month, day) != (6, 19) or year >= _JUNETEENTH_SINCE
    ]
    observed = [day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed]
    floating = (
        _nth(year, 1, MONDAY, 3),  # Martin Luther King
        _nth(year, 2, MONDAY, 3),  # Washington's birthday
        _last_monday_of_may(year),  # Memorial Day
        _nth(year, 9, MONDAY, 1),  # Labor Day
        _nth(year, 10, MONDAY, 2),  # Columbus Day
        _nth(year, 11, 3, 4),  # Thanksgiving
    )
    return frozenset((*fixed, *observed, *floating))


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(last.weekday())


@cache
def _calendar() -> tuple[int, NDArray[np.int8]]:
    """The first civil day of the table, counted from 1970-01-01, and the kind of every day from it on."""
    first = date(FIRST_YEAR - 1, 12, 31)
    start = (first - date(1970, 1, 1)).days
    count = (date(LAST_YEAR + 1, 1, 2) - first).days
    kinds = ((np.arange(start, start + count) + _EPOCH_WEEKDAY) % 7).astype(np.int8)
    for year in range(FIRST_YEAR - 1, LAST_YEAR + 2):
        for day in federal_holidays(year):
            if 0 <= (index := (day - first).days) < count:
                kinds[index] = HOLIDAY
    return start, kinds

"""From the published tables of Chicago's taxi trips to the columns of the contract, whichever of their shapes a file has.

===============  =============================  ==========================  ===========================
shape            the City's portal, raw         the portal's CSV writing    the TensorFlow example
===============  =============================  ==========================  ===========================
columns          lower case                     capital letters             lower case
time             2022-03-01 00:15:00            05/16/2022 4:45:00 PM       1400269500, epoch of civil time
unknown area     empty                          empty                       empty or 0
===============  =============================  ==========================  ===========================

Column names are compared without letter case, and each cell says itself how it is written, so one function
reads all.

What a row must be to be learned from, and judged on, stands here and nowhere else; the bounds of the duration
are the contract's. The rules are those with which the newest published file came (Google's Machine Learning
Crash Course), so that days can be compared. Half of what they set aside never moved by its odometer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from drivetrain.lifecycle.data.table_specs import Cells, Preparation, RowRule
from drivetrain.trips.duration.model.contract import (
    DROPOFF,
    DROPOFF_TRACT,
    FIRST_TRACT,
    LAST_TRACT,
    PICKUP,
    PICKUP_TRACT,
    START,
    TRIP_DURATION,
)

TRIP_ID, SECONDS, MILES = "trip_id", "trip_seconds", "trip_miles"

LEAST_MILES = 0.5
"""Shorter rides are errands around a corner, or an odometer that was not connected (0 miles, one row in
seven)."""

LEAST_MPH, MOST_MPH = 6.1, 80.0
"""A car that was slower on the whole way waited, or its meter did; one that was faster has a wrong meter."""

_EARLIEST_EPOCH = 100_000_000
"""Seconds: 1973. A smaller number is no time."""


def prepare(cells: Cells) -> Cells:
    """The contract's columns and target as text."""
    return {
        PICKUP: [_area(cell) for cell in cells[PICKUP]],
        DROPOFF: [_area(cell) for cell in cells[DROPOFF]],
        START: [_time(cell) for cell in cells[START]],
        **{name: _tracts(cells, name) for name in (PICKUP_TRACT, DROPOFF_TRACT)},
        TRIP_DURATION.target.name: [_minutes(cell) for cell in cells[SECONDS]],
    }


def _area(cell: str | None) -> str | None:
    return None if _number(cell) == 0 else cell


def _tracts(cells: Cells, name: str) -> list[str | None]:
    """Tract numbers of a file; None where one is withheld, or no tract of the county."""
    numbers = [_number(cell) for cell in cells.get(name, [None] * len(cells[SECONDS]))]
    return [f"{number:.0f}" if FIRST_TRACT <= number <= LAST_TRACT else None for number in numbers]


def _time(cell: str | None) -> str | None:
    """Epoch seconds become the civil time they stand for; other writings are the contract's to read."""
    seconds = _number(cell)
    if math.isnan(seconds) or not _EARLIEST_EPOCH <= seconds < 2**32:
        return cell
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(sep=" ")


def _minutes(cell: str | None) -> str | None:
    seconds = _number(cell)
    return cell if math.isnan(seconds) else repr(seconds / 60)


def _number(cell: str | None) -> float:
    """The number of a cell; NaN where it is none."""
    try:
        return float(cell) if cell else math.nan
    except ValueError:
        return math.nan


def _rule(code: str, is_broken: Callable[[float, float], bool]) -> RowRule:
    """A rule about driven miles and miles per hour; a file without miles breaks none, and neither does a row."""

    def breaks(cells: Cells) -> list[bool]:
        if MILES not in cells:
            return [False] * len(cells[SECONDS])
        pairs = (
            (_number(miles), _number(seconds))
            for miles, seconds in zip(cells[MILES], cells[SECONDS], strict=True)
        )
        return [seconds > 0 and is_broken(miles, miles / seconds * 3600) for miles, seconds in pairs]

    return RowRule(TRIP_DURATION.target.name, code, breaks)


RULES = (
    _rule("trips.hardly_moved", lambda miles, _: miles < LEAST_MILES),
    _rule("trips.slow", lambda miles, mph: miles >= LEAST_MILES and mph < LEAST_MPH),
    _rule("trips.impossibly_fast", lambda _, mph: mph > MOST_MPH),
)

CHICAGO_TAXI_PREPARATION = Preparation(
    columns=(PICKUP, DROPOFF, START, PICKUP_TRACT, DROPOFF_TRACT, SECONDS, MILES),
    prepare=prepare,
    optional=frozenset({MILES, PICKUP_TRACT, DROPOFF_TRACT}),
    rules=RULES,
)

"""Rides of a slot: how long it takes to draw ten, ten thousand and a million, and to find those of a replayed day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

from bench.report import Figure, shown
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.draw import draw
from drivetrain.trips.rides.model.source import ReplayedRides

SLOT_AT = datetime(2022, 3, 1, 23, 0, tzinfo=UTC)
LENGTH_MIN = 5
COUNTS = (10, 10_000, 1_000_000)
DAY_RIDES = 15_000


def measure(*, is_quick: bool) -> list[Figure]:
    """Draw from the built-in parameters, as fitted ones take the same steps."""
    rounds = 2 if is_quick else 7
    demand = built_in()
    start, length_min = CHICAGO.day(date(2022, 3, 1))
    day = ReplayedRides(draw(demand, start, length_min=length_min, rides=DAY_RIDES))
    draw(demand, SLOT_AT, length_min=LENGTH_MIN, rides=10)  # makes what all draws share
    day.rides(SLOT_AT, LENGTH_MIN)
    steps: dict[str, Callable[[], object]] = {
        f"draw {count:,} rides": partial(draw, demand, SLOT_AT, length_min=LENGTH_MIN, rides=count)
        for count in COUNTS
    }
    steps[f"find a slot in a replayed day of {DAY_RIDES:,}"] = partial(day.rides, SLOT_AT, LENGTH_MIN)
    return [shown(what, [_timed_ms(step) for _ in range(rounds)], "ms") for what, step in steps.items()]


def _timed_ms(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return (time.perf_counter() - started) * 1_000

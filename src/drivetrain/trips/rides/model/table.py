"""Synthetic days in the shape of the published raw ones, for training where no real table is present."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.areas import UNKNOWN_AREA
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.clock import ROUNDING_MIN, rounded
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.draw import draw

Columns = dict[str, NDArray[Any]]


def draw_table(
    demand: RideDemand,
    first_day: date,
    days: int,
    *,
    rides: int | None = None,
    rate: float = 1.0,
    seed: int = 0,
) -> Columns:
    """Whole civil days of rides, as the raw days are published.

    Args:
        days: >= 1.
        rides: how many a day; None for Poisson numbers by the intensities.
        seed: >= 0.

    Returns:
        Columns by their published names, one value per ride, in order of the starts: ``trip_id`` (-1, -2,
        ...: the mark of generated rows), ``trip_start_timestamp`` and ``trip_end_timestamp`` (Chicago's
        clocks, ``datetime64[us]``, rounded to quarters of an hour), ``trip_seconds``, ``trip_miles``,
        ``pickup_community_area`` and ``dropoff_community_area`` (float, NaN unknown), ``fare``,
        ``trip_total``. The other published columns have nothing that a duration could be learned from.

    Raises:
        InvalidInputError: days, rides, rate or seed are out of range.
    """
    if days < 1 or seed < 0:
        raise InvalidInputError(
            "A generated table needs at least 1 day and a seed of 0 or more.", code="data.bad_generation"
        )
    key = hashlib.sha256(f"table {seed}".encode()).digest()
    parts = []
    for number in range(days):
        start, length_min = CHICAGO.day(first_day + timedelta(days=number))
        parts.append(_published(draw(demand, start, length_min=length_min, rides=rides, rate=rate, seed=key)))
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"trip_id": -1 - np.arange(len(table["fare"])), **table}


def _published(rides: Rides) -> Columns:
    """What is published of drawn rides."""
    ends = rides.trip_start_timestamp + (rides.duration_min * 60e6).astype("timedelta64[us]")
    last = np.timedelta64(ROUNDING_MIN, "m")
    stamps = CHICAGO.times(rounded(rides.trip_start_timestamp))
    day = CHICAGO.times(rides.trip_start_timestamp).astype("datetime64[D]")
    # a published day has its own stamps only
    stamps = np.where(stamps.astype("datetime64[D]") > day, stamps - last, stamps)
    return {
        "trip_start_timestamp": stamps,
        "trip_end_timestamp": CHICAGO.times(rounded(ends)),
        "trip_seconds": np.round(rides.duration_min * 60),
        "trip_miles": rides.trip_miles,
        "pickup_community_area": _areas(rides.pickup_community_area),
        "dropoff_community_area": _areas(rides.dropoff_community_area),
        "fare": rides.fare,
        "trip_total": rides.trip_total,
    }


def _areas(areas: NDArray[np.int16]) -> NDArray[np.float64]:
    area: NDArray[np.float64] = np.where(areas == UNKNOWN_AREA, np.nan, areas.astype(np.float64))
    return area

"""Generated taxi trips: the columns of the published table, plain speeds by hour, and none of its rows.

Areas near the middle of the city are asked for most; a trip's length is the distance along the streets with a detour,
its speed that of the hour, slower in the middle; speeds vary from day to day, hour to hour and trip to trip.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.domain.areas import CENTROIDS, street_km
from drivetrain.trips.domain.rides import AREAS
from drivetrain.trips.model.duration.contract import DROPOFF, PICKUP, START
from drivetrain.trips.model.duration.prepare import MILES, SECONDS, TRIP_ID

FIRST_DAY = date(2024, 4, 1)
DAYS = 21
_MIDDLE = 32  # the Loop
_AIRPORTS = (56, 76)
_UNKNOWN_SHARE = 0.06
_ODD_EVERY = 150
_KM_PER_MILE = 1.609344
_QUARTER_MIN = 15
_SHORTEST_KM = 0.9

# By hour of the day: how many trips, and how fast, km/h.
_DEMAND = np.asarray([2, 1, 1, 1, 1, 2, 3, 6, 8, 8, 9, 10, 11, 11, 11, 11, 12, 12, 11, 9, 7, 6, 5, 4], dtype=np.float64)
_SPEED_KMH = np.asarray(
    [38, 40, 40, 40, 38, 34, 29, 24, 23, 25, 26, 25, 25, 25, 24, 22, 20, 20, 23, 27, 29, 31, 33, 36], dtype=np.float64
)


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Write a generated table. Its trips are numbered below zero: ``trip_id`` is the mark of generated rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    if rows < 1 or seed < 0:
        raise InvalidInputError("A table has at least one row, and a seed is not negative.", code="data.bad_request")
    with progress.stage("generate trips", total=rows, unit="rows") as stage:
        generate(rows, seed).write_csv(path)
        stage.advance(rows)


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Trips in the order of their start; every so often one that the contract refuses or a rule sets aside."""
    rng = np.random.default_rng(seed)
    km = street_km()
    weights = _area_weights()
    pickup = rng.choice(AREAS, rows, p=weights) + 1
    near = np.exp(-km[1:, 1:] / 8) * weights
    chances = np.cumsum(near / near.sum(axis=1, keepdims=True), axis=1)
    dropoff = (chances[pickup - 1] < rng.random(rows)[:, None]).sum(axis=1).clip(0, AREAS - 1) + 1
    day = np.sort(rng.integers(0, DAYS, rows))
    hour = rng.choice(24, rows, p=_DEMAND / _DEMAND.sum())
    quarter = rng.integers(0, 4, rows)

    driven_km = (km[pickup, dropoff] + rng.gamma(2.0, 0.8, rows)) * rng.lognormal(0.08, 0.12, rows)
    driven_km = np.maximum(driven_km, _SHORTEST_KM)
    of_day, of_hour = rng.normal(0, 0.04, DAYS), rng.normal(0, 0.05, (DAYS, 24))
    is_off = np.asarray([(FIRST_DAY + timedelta(int(at))).weekday() >= 5 for at in range(DAYS)])[day]
    calm = np.where(is_off, 1.12, 1.0) * np.where(driven_km > 12, 1.35, 1.0)  # the long ones take the expressway
    speed_kmh = _SPEED_KMH[hour] * calm * np.exp(of_day[day] + of_hour[day, hour] + rng.normal(0, 0.2, rows))
    seconds = np.rint(driven_km / speed_kmh * 3600 + rng.gamma(2.0, 45.0, rows))
    odd = np.arange(rows) % _ODD_EVERY == _ODD_EVERY // 2
    seconds[odd] = rng.choice([0.0, 20.0, 9_000.0, 60_000.0], int(odd.sum()))

    start = datetime.combine(FIRST_DAY, datetime.min.time())
    minutes = (day * 24 + hour) * 60 + quarter * _QUARTER_MIN
    order = np.argsort(minutes, kind="stable")
    times = [(start + timedelta(minutes=int(at))).isoformat(sep=" ") for at in minutes[order]]
    return pl.DataFrame(
        {
            TRIP_ID: -np.arange(1, rows + 1),
            START: times,
            SECONDS: seconds[order].astype(np.int64),
            MILES: np.round(driven_km[order] / _KM_PER_MILE, 2),
            PICKUP: _with_unknown(pickup[order], rng),
            DROPOFF: _with_unknown(dropoff[order], rng),
        }
    )


def _area_weights() -> NDArray[np.float64]:
    """How often a trip starts in an area: most in the middle, much at the airports."""
    from_middle = street_km()[_MIDDLE, 1:]
    weights = np.exp(-from_middle / 4) + 0.002 * np.isfinite(CENTROIDS[1:, 0])
    weights[[area - 1 for area in _AIRPORTS]] += 0.4
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _with_unknown(areas: NDArray[np.int64], rng: np.random.Generator) -> list[int | None]:
    unknown = rng.random(len(areas)) < _UNKNOWN_SHARE
    return [None if at else int(area) for area, at in zip(areas, unknown, strict=True)]

"""Synthetic rides for tests: days drawn by the built-in parameters, as values and as files of the published shape."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.draw import draw
from drivetrain.trips.rides.model.fit import fit
from drivetrain.trips.rides.model.table import draw_table

TUESDAY, FRIDAY, SATURDAY = date(2022, 3, 1), date(2022, 4, 1), date(2022, 4, 2)


def day_of_rides(day: date = TUESDAY, *, rides: int = 4_000, seed: bytes = b"") -> Rides:
    """A drawn civil day."""
    start, length_min = CHICAGO.day(day)
    return draw(built_in(), start, length_min=length_min, rides=rides, seed=seed)


@cache
def fitted() -> RideDemand:
    """What is learned from one drawn Tuesday."""
    return fit(day_of_rides(rides=8_000), source="A drawn Tuesday.")


def some_rides(n: int, **columns: object) -> Rides:
    """A few plain rides at noon; single columns may be given."""
    plain: dict[str, object] = {
        "pickup_community_area": np.full(n, 8, dtype=np.int16),
        "dropoff_community_area": np.full(n, 32, dtype=np.int16),
        "trip_start_timestamp": np.full(n, np.datetime64("2022-03-01T18:00:00", "us")),
        "fare": np.full(n, 8.0),
        "trip_total": np.full(n, 10.0),
        "trip_miles": np.full(n, 1.5),
        "duration_min": np.full(n, 9.0),
    }
    return Rides(**{**plain, **columns})  # type: ignore[arg-type]


def write_raw_day(path: Path, day: date = TUESDAY, *, rides: int = 2_000, seed: int = 0) -> Path:
    """A synthetic raw day as a file, Parquet or CSV by its ending."""
    import polars as pl

    frame = pl.DataFrame(draw_table(built_in(), day, 1, rides=rides, seed=seed)).with_columns(
        pl.col("pickup_community_area", "dropoff_community_area")
        .fill_nan(None)
        .cast(pl.Int64)
        .cast(pl.String)
    )
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)
    return path

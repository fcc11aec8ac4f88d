"""Tables of trips and of requests that somebody has, as cities: Chicago's taxi trips, New York's, and requests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from drivetrain.adapters.console.files import given_file
from drivetrain.core.city import EARTH_RADIUS_KM
from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.simulation.domain.cities import ACCEPTANCE, Acceptance, City
from drivetrain.dispatch.simulation.domain.fitting import Trips, acceptance_by_hour, fitted_city
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

MOST_ROWS = 2_000_000
_KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180
_MERCATOR_M = 6_378_137.0

_CHICAGO = (
    "trip_start_timestamp",
    "trip_seconds",
    "pickup_centroid_latitude",
    "pickup_centroid_longitude",
    "dropoff_centroid_latitude",
    "dropoff_centroid_longitude",
)
_NEW_YORK = (
    "tpep_pickup_datetime",
    "tpep_dropoff_datetime",
    "pickup_x",
    "pickup_y",
    "dropoff_x",
    "dropoff_y",
)
_REQUESTS = ("Pickup point", "Status", "Request timestamp")

_ROUNDED_S, _CENTROID_KM = 900.0, 0.4
"""Chicago's times are rounded to a quarter of an hour, its places are centers of areas: they are spread out again."""


def city_of_file(trips: Path, requests: Path | None, *, begins_h: int, scale: float, is_replay: bool) -> City:
    """The city of a table of trips, with the acceptance of a table of requests.

    Raises:
        InvalidInputError: a file is missing, is no such table, or has too few rows that can be used.
    """
    acceptance = ACCEPTANCE if requests is None else read_acceptance(requests)
    return fitted_city(
        trips.name,
        read_trips(trips),
        begins_h=begins_h,
        scale=scale,
        is_replay=is_replay,
        acceptance=acceptance,
    )


def read_trips(path: Path) -> Trips:
    """Trips in the shape of Chicago's or of New York's.

    Raises:
        InvalidInputError: ``dispatch.unknown_trip_table``.
    """
    frame = _read(path)
    if set(_CHICAGO) <= set(frame.columns):
        return _chicago(frame)
    if set(_NEW_YORK) <= set(frame.columns):
        return _new_york(frame)
    raise InvalidInputError(
        f"{path.name} has neither the columns {', '.join(_CHICAGO)} nor {', '.join(_NEW_YORK)}.",
        code="dispatch.unknown_trip_table",
    )


def read_acceptance(path: Path) -> Acceptance:
    """Who accepts by the hour, from requests in the city for which there was a driver.

    Raises:
        InvalidInputError: ``dispatch.unknown_request_table``.
    """
    frame = _read(path)
    if not set(_REQUESTS) <= set(frame.columns):
        raise InvalidInputError(
            f"{path.name} lacks one of the columns {', '.join(_REQUESTS)}.",
            code="dispatch.unknown_request_table",
        )
    had_driver = pl.col("Status").is_in(["Trip Completed", "Cancelled"]) & (pl.col("Pickup point") == "City")
    hour = (
        pl.col("Request timestamp").cast(pl.String).str.extract(r" (\d{1,2}):").cast(pl.Int64, strict=False)
    )
    used = frame.filter(had_driver).select(
        hour.alias("hour"), (pl.col("Status") == "Trip Completed").alias("is_accepted")
    )
    used = used.filter(pl.col("hour").is_between(0, 23))
    accepted = used["is_accepted"].to_numpy().astype(np.float64)
    if not 0 < accepted.sum() < len(accepted):
        raise InvalidInputError(
            f"{path.name} needs requests in the city that were driven, and some that a driver cancelled.",
            code="dispatch.unknown_request_table",
        )
    return acceptance_by_hour(used["hour"].to_numpy(), accepted)


def _read(path: Path) -> pl.DataFrame:
    """All cells of a file: Parquet, or CSV as text."""
    given_file(path)
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, n_rows=MOST_ROWS)
        return pl.read_csv(path, infer_schema=False, n_rows=MOST_ROWS)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInputError(
            f"{path.name} is neither Parquet nor CSV that can be read.", code="dispatch.unknown_trip_table"
        ) from error


def _chicago(frame: pl.DataFrame) -> Trips:
    ends = _planes(
        [
            (_numbers(frame, f"{end}_centroid_latitude"), _numbers(frame, f"{end}_centroid_longitude"))
            for end in ("pickup", "dropoff")
        ]
    )
    day, at_s = _clock(frame["trip_start_timestamp"])
    random = np.random.default_rng(0)
    spread_s = np.mod(at_s + random.uniform(0, _ROUNDED_S, len(at_s)), 86_400.0)
    shaken = [places + random.normal(0, _CENTROID_KM, places.shape) for places in ends]
    return Trips(day, spread_s, shaken[0], shaken[1], _numbers(frame, "trip_seconds"))


def _new_york(frame: pl.DataFrame) -> Trips:
    ends = _planes(
        [
            _from_mercator(_numbers(frame, f"{end}_x"), _numbers(frame, f"{end}_y"))
            for end in ("pickup", "dropoff")
        ]
    )
    day, at_s = _clock(frame["tpep_pickup_datetime"])
    end_day, end_s = _clock(frame["tpep_dropoff_datetime"])
    return Trips(day, at_s, ends[0], ends[1], (end_day - day) * 86_400.0 + end_s - at_s)


def _planes(ends: Sequence[tuple[FloatArray, FloatArray]]) -> list[FloatArray]:
    """Latitudes and longitudes of both ends as kilometers east and north, shape (n, 2) each; a city is flat enough.

    NaN for what is not on the map.
    """
    is_known = [
        (np.abs(north) <= 85) & (np.abs(east) <= 180) & (north != 0) & (east != 0) for north, east in ends
    ]
    north = np.concatenate([latitudes[known] for (latitudes, _), known in zip(ends, is_known, strict=True)])
    narrowing = math.cos(math.radians(float(np.median(north)))) if len(north) else 1.0
    return [
        np.where(known, np.stack([east * _KM_PER_DEGREE * narrowing, north * _KM_PER_DEGREE]), np.nan).T
        for (north, east), known in zip(ends, is_known, strict=True)
    ]


def _from_mercator(x_m: FloatArray, y_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes of EPSG:3857."""
    latitudes = np.degrees(2 * np.arctan(np.exp(y_m / _MERCATOR_M)) - math.pi / 2)
    return latitudes, np.degrees(x_m / _MERCATOR_M)


def _numbers(frame: pl.DataFrame, name: str) -> FloatArray:
    return frame[name].cast(pl.Float64, strict=False).fill_null(math.nan).to_numpy().astype(np.float64)


def _clock(column: pl.Series) -> tuple[IntArray, FloatArray]:
    """Day and time of day; NaN for the time of what is no time."""
    times: Any = column
    if column.dtype == pl.String:
        times = (
            column.str.replace("T", " ").str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        )
    micros = times.cast(pl.Datetime("us")).to_physical().cast(pl.Float64).fill_null(math.nan).to_numpy()
    seconds = micros.astype(np.float64) / 1e6
    day = np.floor(np.nan_to_num(seconds) / 86_400.0)
    return day.astype(np.int64), seconds - day * 86_400.0 + np.where(np.isnan(seconds), np.nan, 0.0)

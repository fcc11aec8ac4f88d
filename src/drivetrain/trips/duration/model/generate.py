"""Generated taxi trips: days drawn by the built-in demand, in the columns of the published table, and none of its rows."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.duration.model.contract import DROPOFF, DROPOFF_TRACT, PICKUP, PICKUP_TRACT
from drivetrain.trips.duration.model.prepare import LEAST_MILES, LEAST_MPH, MILES, MOST_MPH, SECONDS
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.table import draw_table

FIRST_DAY = date(2024, 4, 1)
DAYS = 21
_DRAWN, _SPARE = 1.25, 5
"""More are drawn than wanted, because the rules of the table set the short and the slow ones aside."""

_ODD_EVERY = 150
_ODD_SECONDS = (0.0, 20.0, 9_000.0, 60_000.0)
_START = "%Y-%m-%d %H:%M:%S"


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Write a generated table. Its trips are numbered below zero: ``trip_id`` is the mark of generated rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    if rows < 1 or seed < 0:
        raise InvalidInputError(
            "A table has at least one row, and a seed is not negative.", code="data.bad_request"
        )
    with progress.stage("generate trips", total=rows, unit="rows") as stage:
        generate(rows, seed).write_csv(path, datetime_format=_START)
        stage.advance(rows)


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Trips of three weeks in the order of their start; every so often one that the contract refuses or a rule sets aside."""
    a_day = math.ceil(_DRAWN * rows / DAYS) + _SPARE
    drawn = pl.DataFrame(draw_table(built_in(), FIRST_DAY, DAYS, rides=a_day, seed=seed))
    mph = pl.col(MILES) / pl.col(SECONDS) * 3600
    good = drawn.filter(pl.col(MILES) >= LEAST_MILES, mph.is_between(LEAST_MPH, MOST_MPH))
    frame = good[np.sort(np.random.default_rng(seed).choice(good.height, rows, replace=False))]
    seconds = frame.get_column(SECONDS).to_numpy().copy()
    odd = np.arange(rows) % _ODD_EVERY == _ODD_EVERY // 2
    seconds[odd] = np.resize(_ODD_SECONDS, int(odd.sum()))
    return frame.with_columns(
        pl.Series(SECONDS, seconds).cast(pl.Int64),
        *(pl.col(name).fill_nan(None).cast(pl.Int64) for name in (PICKUP, DROPOFF)),
        *(pl.lit(None, pl.Int64).alias(name) for name in (PICKUP_TRACT, DROPOFF_TRACT)),  # all withheld
    )

"""Generated taxi trips: days drawn by the built-in demand, in the columns of the published table, and none of its rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.model.duration.contract import DROPOFF, PICKUP
from drivetrain.trips.model.duration.prepare import SECONDS
from drivetrain.trips.model.rides.built_in import built_in
from drivetrain.trips.model.rides.table import draw_table

FIRST_DAY = date(2024, 4, 1)
DAYS = 21
_ODD_EVERY = 150
_ODD_SECONDS = (0.0, 20.0, 9_000.0, 60_000.0)
_START = "%Y-%m-%d %H:%M:%S"


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Write a generated table. Its trips are numbered below zero: ``trip_id`` is the mark of generated rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    if rows < 1 or seed < 0:
        raise InvalidInputError("A table has at least one row, and a seed is not negative.", code="data.bad_request")
    with progress.stage("generate trips", total=rows, unit="rows") as stage:
        generate(rows, seed).write_csv(path, datetime_format=_START)
        stage.advance(rows)


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Trips of three weeks in the order of their start; every so often one that the contract refuses or a rule sets aside."""
    a_day = -(-rows // DAYS)
    columns = draw_table(built_in(), FIRST_DAY, DAYS, rides=a_day, seed=seed)
    kept = np.sort(np.random.default_rng(seed).choice(a_day * DAYS, rows, replace=False))
    frame = pl.DataFrame(columns)[kept]
    seconds = frame.get_column(SECONDS).to_numpy().copy()
    odd = np.arange(rows) % _ODD_EVERY == _ODD_EVERY // 2
    seconds[odd] = np.resize(_ODD_SECONDS, int(odd.sum()))
    return frame.with_columns(
        pl.Series(SECONDS, seconds).cast(pl.Int64),
        *(pl.col(name).fill_nan(None).cast(pl.Int64) for name in (PICKUP, DROPOFF)),
    )

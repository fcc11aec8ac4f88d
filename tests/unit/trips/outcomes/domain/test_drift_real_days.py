"""Drift on two real days of Chicago's taxis: chance is not called drift, another time of the day is."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from drivetrain.trips.outcomes.domain.drift import Verdict, drift_of

FOLDER = Path("chicago_taxi")
SIDES = ("pickup_community_area", "dropoff_community_area")

pytestmark = pytest.mark.real_table

Day = tuple[np.ndarray, np.ndarray]  # areas, shape (n, 2), in an order of chance; civil hours


def read(name: str) -> Day:
    folder = os.environ.get("DRIVETRAIN_DATA_DIR")
    if folder is None:
        pytest.skip("DRIVETRAIN_DATA_DIR is not set: the real tables are not here")
    path = Path(folder) / FOLDER / f"trips_{name}.parquet"
    if not path.is_file():
        pytest.skip(f"DRIVETRAIN_DATA_DIR holds no {FOLDER / path.name}")
    frame = pl.read_parquet(path, columns=["trip_start_timestamp", *SIDES])
    order = np.random.default_rng(1).permutation(frame.height)
    areas = np.column_stack(
        [frame[side].cast(pl.Int64, strict=False).fill_null(0).to_numpy() for side in SIDES]
    )
    hours = frame["trip_start_timestamp"].cast(pl.String).str.slice(11, 2).cast(pl.Int64).to_numpy()
    return areas[order], hours[order]


@pytest.fixture(scope="module")
def tuesday() -> Day:
    return read("2022-03-01")


@pytest.fixture(scope="module")
def friday() -> Day:
    return read("2022-04-01")


def counted(areas: np.ndarray) -> dict[str, float]:
    return dict(Counter(map(str, areas.tolist())))


@pytest.mark.parametrize("sides", [[0], [1], [0, 1]], ids=["pickup", "dropoff", "pair"])
@pytest.mark.parametrize("rides", [200, 1_000, 7_000])
def test_two_parts_of_one_day_are_the_same(tuesday: Day, sides: list[int], rides: int) -> None:
    areas = tuesday[0][:, sides]
    found = drift_of(counted(areas[:rides]), counted(areas[rides : 2 * rides]))
    assert found.verdict is Verdict.STABLE


@pytest.mark.parametrize("side", [0, 1], ids=["pickup", "dropoff"])
def test_a_month_later_the_areas_are_the_same_city(tuesday: Day, friday: Day, side: int) -> None:
    """More than chance, as 20,000 rides show, and too little to matter."""
    found = drift_of(counted(friday[0][:, side]), counted(tuesday[0][:, side]))
    assert found.index is not None and found.noise_floor is not None
    assert found.noise_floor < found.index < 0.1
    assert found.verdict is Verdict.STABLE


def test_mornings_are_not_evenings(tuesday: Day) -> None:
    """Why a window is compared with the same hours of the day."""
    areas, hours = tuesday
    is_early = hours < 12
    pickups = drift_of(counted(areas[is_early, 0]), counted(areas[~is_early, 0]))
    assert pickups.verdict is Verdict.SHIFTED
    pairs = drift_of(counted(areas[is_early]), counted(areas[~is_early]))
    assert pairs.verdict is Verdict.DRIFTED

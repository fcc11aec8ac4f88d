"""On the real days: what is learned from one draws another about as closely as the day itself resampled would."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from drivetrain.core.progress import SilentProgress
from drivetrain.trips.rides.adapters.tables import read_raw_day
from drivetrain.trips.rides.application.compare_rides import (
    BUILT_IN,
    FITTED,
    TRAINING,
    CompareRides,
    RideComparison,
)

pytestmark = [pytest.mark.real_table, pytest.mark.timeout(300)]

TUESDAY, FRIDAY = "trips_2022-03-01.parquet", "trips_2022-04-01.parquet"


@cache
def found() -> RideComparison:
    folder = os.environ.get("DRIVETRAIN_DATA_DIR")
    if not folder:
        pytest.skip("DRIVETRAIN_DATA_DIR is not set: the real tables are not here")
    days = [Path(folder) / "chicago_taxi" / name for name in (TUESDAY, FRIDAY)]
    if not all(day.is_file() for day in days):
        pytest.skip(f"DRIVETRAIN_DATA_DIR holds no {TUESDAY} and {FRIDAY}")
    training, held_back = (read_raw_day(day).rides for day in days)
    return CompareRides(SilentProgress())(training, held_back, repeats=4, seed=0)


@pytest.mark.parametrize(
    "key",
    [
        "pairs_tv",
        "pickups_tv",
        "dropoffs_tv",
        "hours_tv",
        "miles_ks",
        "minutes_ks",
        "mph_ks",
        "fare_ks",
        "total_ks",
    ],
)
def test_drawn_rides_are_about_as_close_as_the_training_day_resampled(key: str) -> None:
    """No generator that knows only the Tuesday can be expected to be much closer to the Friday than the Tuesday is."""
    assert found().figures[FITTED][key].value < 1.5 * found().figures[TRAINING][key].value + 0.01


def test_durations_and_fares_are_off_by_little() -> None:
    figures = found().figures[FITTED]
    assert figures["miles_wasserstein"].high < 0.5
    assert figures["minutes_wasserstein"].high < 2.0
    assert figures["fare_wasserstein"].high < 2.0
    assert figures["pair_minutes"].high < 2.5


@pytest.mark.parametrize(
    "key", ["pairs_tv", "pickups_tv", "dropoffs_tv", "miles_ks", "minutes_ks", "fare_ks", "pair_minutes"]
)
def test_learning_beats_the_parameters_made_by_hand(key: str) -> None:
    assert found().figures[FITTED][key].high < found().figures[BUILT_IN][key].low


def test_smoothed_pairs_are_no_farther_than_the_training_day_resampled() -> None:
    assert found().figures[FITTED]["pairs_tv"].value < found().figures[TRAINING]["pairs_tv"].value


def test_the_days_are_whole() -> None:
    assert found().training_rides > 12_000
    assert found().rides > 16_000

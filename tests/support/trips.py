"""Trips for tests: one written by hand, a generated table with a model fitted on it, rides by column."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.training import FittedModel, TrainingTable
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.duration.model.contract import TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.predictor import TripDurationModel, load
from drivetrain.trips.duration.model.training import train_duration
from drivetrain.trips.rides.domain.rides import Rides

TRIP: dict[str, Any] = {
    "pickup_community_area": 8,
    "dropoff_community_area": 32,
    "trip_start_timestamp": "2024-04-16T21:45:00Z",
}
"""From the Near North Side to the Loop on a Tuesday at a quarter to five."""

ROWS = 1_500
RECIPE = {"trees": 60, "learning_rate": 0.1, "leaf_rows": 10}


def trip(**changed: Any) -> dict[str, Any]:
    """The trip with some fields replaced."""
    return {**TRIP, **changed}


def table_from(text: str, name: str = "trips.csv") -> TrainingTable:
    """A table written as a file has it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        return read_training_table(
            path, TRIP_DURATION, path.with_suffix(".aside"), CHICAGO_TAXI.preparation
        ).table


@cache
def small_table() -> TrainingTable:
    """A generated table of three weeks, as training gets it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        CHICAGO_TAXI.write_synthetic(path, ROWS, 7, SilentProgress())
        return read_training_table(
            path, TRIP_DURATION, path.with_suffix(".aside"), CHICAGO_TAXI.preparation
        ).table


@cache
def small_training() -> FittedModel:
    """What training on the small table gives."""
    return train_duration(small_table(), RECIPE, None, SilentProgress())


@cache
def small_model() -> TripDurationModel:
    """A version fitted on the small table, as serving loads it."""
    return load(small_training().files, ModelRef("trip-duration", "1"))


def rides_of(rows: dict[str, Any]) -> Rides:
    """The same trips by column, with figures after the ride that must not be looked at."""
    pickup, dropoff = (
        np.asarray([area or 0 for area in rows[f"{end}_community_area"]], dtype=np.int16)
        for end in ("pickup", "dropoff")
    )
    instants = np.asarray(
        [text.removesuffix("Z") for text in rows["trip_start_timestamp"]], dtype="datetime64[us]"
    )
    afterwards = np.full(len(pickup), 999.0)
    return Rides(pickup, dropoff, instants, afterwards, afterwards, afterwards, afterwards)

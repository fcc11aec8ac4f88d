"""The files of a fitted duration model, as serving reads them."""

from __future__ import annotations

import numpy as np

from drivetrain.lifecycle.learning.artifacts import json_file
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file, self_test_rows
from drivetrain.trips.duration.model.contract import TRIP_DURATION
from drivetrain.trips.duration.model.estimator import PointFit, RangeFit, Trips, trips_by_band
from drivetrain.trips.duration.model.predictor import (
    SETTINGS_FILE,
    SPREAD_FILE,
    TABLES_FILE,
    TREES_FILE,
    TripDurationModel,
    self_test_answers,
)
from drivetrain.trips.duration.model.recipe import DurationRecipe


def pack(
    point: PointFit, ranges: RangeFit, trips: Trips, table: TrainingTable, recipe: DurationRecipe
) -> dict[str, bytes]:
    """The files of a version.

    Args:
        point, ranges: fitted on the trips.
        table: the same trips as canonical rows; some of them are kept as self-test.
    """
    first = trips.starts.at(np.arange(1))
    expected = Trees(point.trees).contributions(point.features.matrix(first))[0, -1]
    settings = {
        "recipe": recipe.as_dict(),
        "knows_week": point.knows_week,
        "knows_tracts": point.features.knows_tracts,
        "trips_by_band": trips_by_band(trips),
        "ranges": ranges.ranges.as_dict(),
        "average_min": float(expected),
    }
    files = {
        TREES_FILE: point.trees,
        SPREAD_FILE: ranges.spread_trees,
        TABLES_FILE: point.features.packed(),
        SETTINGS_FILE: json_file(settings),
    }
    model = TripDurationModel(files, ModelRef("candidate", "0"))
    tested = self_test_rows(table.rows, TRIP_DURATION.names)
    return {**files, SELF_TEST_FILE: self_test_file(tested, self_test_answers(model, tested))}

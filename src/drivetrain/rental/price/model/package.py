"""The files of a fitted price model, as serving reads them."""

from __future__ import annotations

import numpy as np

from drivetrain.lifecycle.learning.artifacts import json_file
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file, self_test_rows
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.estimator import PointFit, RangeFit
from drivetrain.rental.price.model.predictor import (
    LISTINGS_FILE,
    POINT_FILE,
    SETTINGS_FILE,
    SPREAD_FILE,
    RentalPriceModel,
    self_test_answers,
)

WEIGHT_ROWS = 400
"""Rows from which the mean effect of each field is taken; exact Shapley values cost milliseconds a row."""


def pack(
    point: PointFit, spread: RangeFit, rows: Columns, target: FloatArray, recipe: dict[str, object]
) -> dict[str, bytes]:
    """The files of a version.

    Args:
        rows: the training rows; they are kept as comparables.
        target: their prices, EUR per day, shape (n_rows,).
    """
    matrix = point.encoder.matrix(rows)
    effects = Trees(point.trees).contributions(matrix[:: max(1, len(target) // WEIGHT_ROWS)])
    settings = {
        "recipe": recipe,
        "encoder": point.encoder.as_dict(),
        "spread_floor": spread.floor,
        "group_scales": spread.scales.as_lists(),
        "factors": spread.factors.tolist(),
        "average_price_per_day": float(effects[0, -1]),
        "feature_weights": np.abs(effects[:, :-1]).mean(axis=0).tolist(),
    }
    listings = {
        **{name: list(rows[name]) for name in RENTAL_PRICE.names},
        RENTAL_PRICE.target.name: target.tolist(),
    }
    files = {
        POINT_FILE: point.trees,
        SPREAD_FILE: spread.trees,
        SETTINGS_FILE: json_file(settings),
        LISTINGS_FILE: json_file(listings),
    }
    model = RentalPriceModel(files, ModelRef("candidate", "0"))
    tested = self_test_rows(rows, RENTAL_PRICE.names)
    files[SELF_TEST_FILE] = self_test_file(tested, self_test_answers(model, tested))
    return files

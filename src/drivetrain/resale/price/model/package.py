"""The files of a fitted car price model, as serving reads them."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from drivetrain.core.money import to_cents
from drivetrain.lifecycle.learning.artifacts import json_file
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import (
    SELF_TEST_FILE,
    SELF_TEST_ROWS,
    self_test_file,
    self_test_rows,
)
from drivetrain.resale.price.model.contract import CAR_PRICE, MAKE_FIELD
from drivetrain.resale.price.model.estimator import PointFit
from drivetrain.resale.price.model.formulas import RangeFit
from drivetrain.resale.price.model.predictor import CARS_FILE, MODEL_FILE, CarPriceModel, self_test_answers
from drivetrain.resale.price.model.reasons import reference_rows
from drivetrain.resale.valuation.domain.bands import PriceBands

NEW_MAKE_ROWS = 8
UNSEEN = " unseen "
"""Stands for a make that no table holds."""


def pack(point: PointFit, ranges: RangeFit, bands: PriceBands) -> dict[str, bytes]:
    """The files of a version: what was learned, and the cars it was learned from, which are the comparables too."""
    prices = to_cents(np.exp(point.log_price))
    settings = {
        "recipe": point.model.recipe.as_dict(),
        "encoder": point.encoder.as_dict(),
        "scale": {name: values.tolist() for name, values in asdict(point.model.scale).items()},
        "weights": point.model.weights.tolist(),
        "base": point.model.base,
        "factor": ranges.factor,
        "new_make_factor": ranges.new_make_factor,
        "bands": bands.as_dict(),
        "references": reference_rows(prices),
    }
    cars = {
        **{name: list(point.kept[name]) for name in CAR_PRICE.names},
        CAR_PRICE.target.name: prices.tolist(),
    }
    files = {MODEL_FILE: json_file(settings), CARS_FILE: json_file(cars)}
    model = CarPriceModel(files, ModelRef("candidate", "0"))
    test_rows = self_test_rows(point.kept, CAR_PRICE.names)
    tested = [
        *test_rows,
        *({**row, MAKE_FIELD: UNSEEN} for row in test_rows[:: SELF_TEST_ROWS // NEW_MAKE_ROWS]),
    ]
    return {**files, SELF_TEST_FILE: self_test_file(tested, self_test_answers(model, tested))}

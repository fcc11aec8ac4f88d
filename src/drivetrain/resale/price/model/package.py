"""The files of a fitted car price model, as serving reads them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from drivetrain.core.money import to_cents
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file
from drivetrain.resale.price.model.contract import CAR_PRICE, MAKE_FIELD
from drivetrain.resale.price.model.estimator import PointFit
from drivetrain.resale.price.model.formulas import RangeFit
from drivetrain.resale.price.model.predictor import CARS_FILE, MODEL_FILE, CarPriceModel, self_test_answers
from drivetrain.resale.price.model.reasons import reference_rows
from drivetrain.resale.valuation.domain.bands import PriceBands

SELF_TEST_ROWS = 64
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
    files = {MODEL_FILE: _json(settings), CARS_FILE: _json(cars)}
    model = CarPriceModel(files, ModelRef("candidate", "0"))
    every = max(1, len(prices) // SELF_TEST_ROWS)
    known = [{name: point.kept[name][at] for name in CAR_PRICE.names} for at in range(0, len(prices), every)]
    tested = [*known, *({**row, MAKE_FIELD: UNSEEN} for row in known[:: SELF_TEST_ROWS // NEW_MAKE_ROWS])]
    return {**files, SELF_TEST_FILE: self_test_file(tested, self_test_answers(model, tested))}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

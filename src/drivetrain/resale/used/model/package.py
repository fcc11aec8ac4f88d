"""The files of a fitted used-car model, as serving reads them."""

from __future__ import annotations

import numpy as np

from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.learning.artifacts import json_file
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file, self_test_rows
from drivetrain.resale.used.model.comparables import pack_listings
from drivetrain.resale.used.model.estimator import Listings, RangeFit
from drivetrain.resale.used.model.predictor import (
    LISTINGS_FILE,
    POINT_FILE,
    SETTINGS_FILE,
    SPREAD_FILE,
    UsedCarModel,
    self_test_answers,
)
from drivetrain.resale.used.model.recipe import UsedCarRecipe

WEIGHT_ROWS = 400
"""Rows from which the mean effect of each field is taken; exact Shapley values cost milliseconds a row."""

_EDGE = 0.995
"""Beyond this quantile of age and distance the table is too thin to say how values go on falling."""


def pack(
    point: bytes,
    spread: RangeFit,
    listings: Listings,
    table: TrainingTable,
    contract: Contract,
    recipe: UsedCarRecipe,
) -> dict[str, bytes]:
    """The files of a version.

    Args:
        point, spread: fitted on the listings.
        table: the same rows as canonical values; they are kept as comparables.
    """
    effects = Trees(point).contributions(listings.matrix[:: max(1, len(listings) // WEIGHT_ROWS)])
    age = listings.country.reference_year - listings.matrix[:, listings.index.year]
    distance = listings.matrix[:, listings.index.distance]
    settings = {
        "market": listings.country.code,
        "reference_year": listings.country.reference_year,
        "recipe": recipe.as_dict(),
        "encoder": listings.encoder.as_dict(),
        "spread_floor": spread.floor,
        "factors": spread.factors.tolist(),
        "group_scales": spread.scales.as_lists(),
        "average_log_price": float(effects[0, -1]),
        "feature_weights": np.abs(effects[:, :-1]).mean(axis=0).tolist(),
        "usual_distance": round(float(np.median(distance[age >= 1] / age[age >= 1])), -2),
        "model_years": _years_by_model(listings),
        "edge_age": int(np.quantile(age, _EDGE)),
        "edge_distance": float(np.quantile(distance, _EDGE)),
    }
    files = {
        POINT_FILE: point,
        SPREAD_FILE: spread.trees,
        SETTINGS_FILE: json_file(settings),
        LISTINGS_FILE: pack_listings(contract, table.rows, table.target),
    }
    model = UsedCarModel(files, ModelRef("candidate", "0"))
    tested = self_test_rows(table.rows, contract.names)
    return {**files, SELF_TEST_FILE: self_test_file(tested, self_test_answers(model, tested))}


def _years_by_model(listings: Listings) -> list[tuple[int, int]]:
    """First and last year of each model's cars, in the order of its codes."""
    models, years = listings.matrix[:, listings.index.model], listings.matrix[:, listings.index.year]
    first = np.full(len(listings.encoder.features[listings.index.model].vocabulary or ()) + 1, np.inf)
    last = -first
    np.minimum.at(first, models.astype(np.intp), years)
    np.maximum.at(last, models.astype(np.intp), years)
    return [(int(low), int(high)) for low, high in zip(first[1:], last[1:], strict=True)]

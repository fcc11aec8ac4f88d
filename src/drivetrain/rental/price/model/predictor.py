"""One loaded version of the price model: estimates, reasons in EUR, comparable listings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from drivetrain.core.money import apportion, to_cents
from drivetrain.core.prices import Comparable, PriceExplanation, reasons_of
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.comparables import NearestRows
from drivetrain.lifecycle.learning.features import RARE, Columns, FeatureEncoder, FloatArray, as_columns
from drivetrain.lifecycle.learning.group_scales import GroupScales
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.features import GROUP_FIELDS, MAKE, is_known_make, make_codes
from drivetrain.rental.price.model.formulas import (
    LOWEST_PRICE,
    bounds_around,
    bounds_of_one,
    point_price,
    spread_of,
)

POINT_FILE = "point.txt"
SPREAD_FILE = "spread.txt"
SETTINGS_FILE = "model.json"
LISTINGS_FILE = "listings.json"
COMPARABLES = 5


@dataclass(frozen=True, slots=True)
class PriceEstimates:
    """Prices for rows, EUR per day.

    Attributes:
        features: what the model saw, shape (n_rows, n_features).
        price, low, high: shape (n_rows,), ``0 < low <= price <= high``.
    """

    features: FloatArray
    price: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class PriceEstimate:
    """The price of one row, EUR per day.

    Attributes:
        features: what the model saw.
        price, low, high: ``0 < low <= price <= high``.
        is_rare_make: the contract knows the make, and the training table hardly.
    """

    features: list[float]
    price: float
    low: float
    high: float
    is_rare_make: bool


class RentalPriceModel:
    """Serves one version from its verified files; holds no frame, takes no lock."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[SETTINGS_FILE])
        self.ref = ref
        self.recipe: dict[str, object] = settings["recipe"]
        self._encoder = FeatureEncoder.from_dict(settings["encoder"])
        self._point = Trees(files[POINT_FILE])
        self._point.prepare_reasons()
        self._point.prepare()
        self._spread = Trees(files[SPREAD_FILE])
        self._floor = float(settings["spread_floor"])
        scales = settings.get("group_scales")  # versions trained before groups had scales lack them
        self._scales = None if scales is None else GroupScales.from_lists(GROUP_FIELDS, scales)
        self._factors = np.asarray(settings["factors"], dtype=np.float64)
        self._factors_by_code: list[list[float]] = self._factors.tolist()
        self._average = float(settings["average_price_per_day"])
        self._listings: dict[str, list[Any]] = json.loads(files[LISTINGS_FILE])
        matrix = self._encoder.matrix(self._listings)
        self._nearest = NearestRows(matrix, self._encoder, settings["feature_weights"], least_span=1.0)

    def estimate(self, rows: Columns) -> PriceEstimates:
        """Prices with their ranges; the bits do not depend on how many rows come together."""
        matrix = self._encoder.matrix(rows)
        price = point_price(self._point.predict(matrix))
        spread = spread_of(self._spread, self._floor, self._scales, matrix)
        low, high = bounds_around(price, spread, self._factors.take(make_codes(matrix), axis=0))
        return PriceEstimates(matrix, price, low, high)

    def estimate_one(self, row: Row) -> PriceEstimate:
        """The same for one row, to the bit, without arrays."""
        features = self._encoder.row(row)
        price = max(self._point.predict_row(features), LOWEST_PRICE)
        spread = max(self._spread.predict_row(features[MAKE + 1 :]), self._floor)
        if self._scales is not None:
            spread *= self._scales.of_one(features)
        code = features[MAKE]
        low, high = bounds_of_one(price, spread, self._factors_by_code[int(code)])
        is_rare = code == RARE and is_known_make(row[RENTAL_PRICE.names[MAKE]])
        return PriceEstimate(features, price, low, high, is_rare)

    def rare_makes(self, rows: Columns, features: FloatArray) -> list[int]:
        """Places of the rows whose make the contract knows, and the training table hardly.

        Args:
            features: shape (n_rows, n_features).
        """
        makes = rows[RENTAL_PRICE.names[MAKE]]
        codes = features[:, MAKE].tolist()
        return [row for row, code in enumerate(codes) if code == RARE and is_known_make(makes[row])]

    def explain(self, row: Row, features: FloatArray, price_per_day: float) -> PriceExplanation:
        """Why one row has its price: exact Shapley values of the trees, in EUR, and the nearest listings.

        Args:
            features: shape (n_features,).
            price_per_day: as suggested, in whole cents; the reasons add up to it.

        Source:
            Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
            trees.
        """
        effects = self._point.contributions(features[np.newaxis])[0, :-1]
        average = float(to_cents(np.asarray([self._average]))[0])
        shares = apportion(effects.tolist(), price_per_day - average)
        reasons = reasons_of(self._encoder.names, row, shares)
        return PriceExplanation(average, reasons, self._comparables(features))

    def _comparables(self, features: FloatArray) -> list[Comparable]:
        prices = self._listings[RENTAL_PRICE.target.name]
        return [
            Comparable({name: self._listings[name][row] for name in RENTAL_PRICE.names}, prices[row])
            for row in self._nearest.nearest(features, COMPARABLES)
        ]


def self_test_answers(model: RentalPriceModel, rows: list[dict[str, object]]) -> list[list[float]]:
    """Price, low and high for stored rows, to the last bit.

    Raises:
        ValueError: a row alone is answered in another way than among others.
    """
    estimates = model.estimate(as_columns(rows, RENTAL_PRICE.names))
    answers: list[list[float]] = np.column_stack([estimates.price, estimates.low, estimates.high]).tolist()
    alone = [model.estimate_one(row) for row in cast(list[Row], rows)]
    if [[one.price, one.low, one.high] for one in alone] != answers:
        raise ValueError("a row alone is answered in another way than among others")
    return answers


load = partial(load_tested, RentalPriceModel, self_test_answers)

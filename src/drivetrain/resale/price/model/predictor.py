"""One loaded version of the car price model: estimates, band, reasons in USD, comparable cars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from drivetrain.core.money import to_cents
from drivetrain.core.prices import Comparable, PriceExplanation, reasons_of
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray, as_columns
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.resale.price.model.contract import CAR_PRICE
from drivetrain.resale.price.model.features import Scale
from drivetrain.resale.price.model.formulas import (
    FittedPrice,
    RangeFit,
    likeness_of,
    own_likeness,
    precision_of,
    spread_of,
)
from drivetrain.resale.price.model.reasons import Reasons
from drivetrain.resale.price.model.recipe import CarPriceRecipe
from drivetrain.resale.valuation.domain.bands import PriceBands
from drivetrain.resale.valuation.domain.money import effects_in_money

MODEL_FILE = "model.json"
CARS_FILE = "cars.json"
COMPARABLES = 5


@dataclass(frozen=True, slots=True)
class CarEstimates:
    """Prices for rows, USD.

    Attributes:
        features: what the model saw, shape (n_rows, n_features).
        price, low, high: shape (n_rows,), ``0 < low <= price <= high``.
    """

    features: FloatArray
    price: FloatArray
    low: FloatArray
    high: FloatArray


class CarPriceModel:
    """Serves one version from its verified files; holds no frame, takes no lock.

    Attributes:
        bands: with the break points learned from the training prices.
    """

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[MODEL_FILE])
        self.ref = ref
        self.bands = PriceBands.from_dict(settings["bands"])
        self._cars: Mapping[str, list[Any]] = json.loads(files[CARS_FILE])
        self._encoder = FeatureEncoder.from_dict(settings["encoder"])
        self._matrix = self._encoder.matrix(self._cars)
        self._model = _fitted(settings, self._matrix)
        self._range = RangeFit(float(settings["factor"]), float(settings["new_make_factor"]))
        self._reasons = Reasons(self._model, self._matrix[settings["references"]])
        self._own = own_likeness(self._model.known, self._model.recipe)

    def estimate(self, rows: Columns) -> CarEstimates:
        """Prices with their ranges; the bits do not depend on how many rows come together."""
        matrix = self._encoder.matrix(rows)
        log_price, doubt = self._model.log_prices(matrix)
        low, high = self._range.bounds(matrix, log_price, spread_of(doubt, self._model.recipe))
        return CarEstimates(matrix, np.exp(log_price), low, high)

    def explain(self, row: Row, features: FloatArray, price: float) -> PriceExplanation:
        """Why one car has its price: exact Shapley values against reference cars, in USD, and the cars most like it.

        Args:
            features: shape (n_features,).
            price: as answered, in whole cents; the reasons add up to it.
        """
        average = float(to_cents(np.exp([self._reasons.average]))[0])
        amounts = effects_in_money(self._reasons.effects(features), price, average)
        reasons = reasons_of(self._encoder.names, row, amounts)
        return PriceExplanation(average, reasons, self._nearest(features))

    def _nearest(self, features: FloatArray) -> list[Comparable]:
        """The training cars that the model itself holds for most alike, nearest first."""
        scaled = self._model.scale.standardized(features[np.newaxis])
        likeness = likeness_of(scaled, self._model.known, self._model.recipe)[0]
        distance = self._own - 2 * likeness  # plus the car's likeness with itself, the same for all
        closest = np.argsort(distance, kind="stable")[:COMPARABLES]
        target = CAR_PRICE.target.name
        return [
            Comparable({name: self._cars[name][index] for name in CAR_PRICE.names}, self._cars[target][index])
            for index in closest
        ]


def self_test_answers(model: CarPriceModel, rows: list[dict[str, Any]]) -> list[list[float]]:
    """Price, low and high for stored rows, to nine digits.

    Another processor may round the last bit of an exponential differently; that is no other model.
    """
    estimates = model.estimate(as_columns(rows, CAR_PRICE.names))
    answers = np.column_stack([estimates.price, estimates.low, estimates.high])
    return [[float(f"{value:.9g}") for value in answer] for answer in answers.tolist()]


load = partial(load_tested, CarPriceModel, self_test_answers)


def _fitted(settings: Mapping[str, Any], matrix: FloatArray) -> FittedPrice:
    """The fitted model; the precision is worked out again, as it follows from the cars and the recipe."""
    recipe = CarPriceRecipe.from_dict(settings["recipe"])
    scale = Scale(
        **{name: np.asarray(values, dtype=np.float64) for name, values in settings["scale"].items()}
    )
    cars = scale.standardized(matrix)
    weights = np.asarray(settings["weights"], dtype=np.float64)
    return FittedPrice(recipe, scale, cars, weights, float(settings["base"]), precision_of(cars, recipe))

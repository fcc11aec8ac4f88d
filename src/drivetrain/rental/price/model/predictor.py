"""One loaded version of the price model: estimates, reasons in EUR, comparable listings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivetrain.core.money import apportion, to_cents
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray, as_columns
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.rental.price.domain.price import Comparable, PriceExplanation, PriceReason
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.features import make_codes
from drivetrain.rental.price.model.formulas import bounds_around, point_price, spread_of

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


class RentalPriceModel:
    """Serves one version from its verified files; holds no frame, takes no lock."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[SETTINGS_FILE])
        self.ref = ref
        self.recipe: dict[str, Any] = settings["recipe"]
        self._encoder = FeatureEncoder.from_dict(settings["encoder"])
        self._point = Trees(files[POINT_FILE])
        self._spread = Trees(files[SPREAD_FILE])
        self._floor = float(settings["spread_floor"])
        self._factors = np.asarray(settings["factors"], dtype=np.float64)
        self._average = float(settings["average_price_per_day"])
        self._listings = Listings(
            json.loads(files[LISTINGS_FILE]), self._encoder, settings["feature_weights"]
        )

    def estimate(self, rows: Columns) -> PriceEstimates:
        """Prices with their ranges; the bits do not depend on how many rows come together."""
        matrix = self._encoder.matrix(rows)
        price = point_price(self._point, matrix)
        spread = spread_of(self._spread, self._floor, matrix)
        low, high = bounds_around(price, spread, self._factors[make_codes(matrix)])
        return PriceEstimates(matrix, price, low, high)

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
        reasons = [
            PriceReason(name, row[name], share)
            for name, share in zip(self._encoder.names, shares, strict=True)
        ]
        reasons.sort(key=lambda reason: -abs(reason.effect))
        return PriceExplanation(average, reasons, self._listings.nearest(features))


class Listings:
    """The training table, kept for showing which real listings resemble the one asked about.

    Two listings are as far apart as the fields in which they differ matter to the price: a number by
    its distance as a share of the usual span, a word or flag by being another one, each weighed by the
    field's mean absolute effect.
    """

    def __init__(
        self, columns: Mapping[str, list[Any]], encoder: FeatureEncoder, weights: list[float]
    ) -> None:
        self._columns = columns
        self._matrix = encoder.matrix(columns)
        low, high = np.quantile(self._matrix, [0.05, 0.95], axis=0)
        is_word = np.asarray([feature.vocabulary is not None for feature in encoder.features])
        span = np.where(is_word, 1.0, np.maximum(high - low, 1.0))
        self._scale = np.asarray(weights) / span
        self._most = np.asarray(weights)

    def nearest(self, features: FloatArray) -> list[Comparable]:
        """The closest listings, nearest first."""
        distance = np.minimum(np.abs(self._matrix - features) * self._scale, self._most).sum(axis=1)
        count = min(COMPARABLES, len(distance))
        closest = np.argpartition(distance, count - 1)[:count]
        closest = closest[np.argsort(distance[closest], kind="stable")]
        target = RENTAL_PRICE.target.name
        return [
            Comparable(
                {name: self._columns[name][at] for name in RENTAL_PRICE.names}, self._columns[target][at]
            )
            for at in closest
        ]


def load(files: Files, ref: ModelRef) -> RentalPriceModel:
    """Load a version from its verified files, and prove on stored rows that it still answers as it did.

    Raises:
        ArtifactRefusedError: a file is missing or cannot be parsed, or the self-test differs.
    """
    return load_tested(RentalPriceModel, self_test_answers, files, ref)


def self_test_answers(model: RentalPriceModel, rows: list[dict[str, Any]]) -> list[list[float]]:
    """Price, low and high for stored rows, to the last bit."""
    estimates = model.estimate(as_columns(rows, RENTAL_PRICE.names))
    return np.column_stack([estimates.price, estimates.low, estimates.high]).tolist()  # type: ignore[no-any-return]

"""One loaded version of a used-car model: values, reasons in money, comparables, curves, the years to come."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.money import to_cents
from drivetrain.core.prices import PriceExplanation, reasons_of
from drivetrain.lifecycle.data.contracts import Column, ListColumn, Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import (
    RARE,
    Columns,
    Feature,
    FeatureEncoder,
    FloatArray,
    as_columns,
)
from drivetrain.lifecycle.learning.group_scales import GroupScales
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.resale.used.domain.value import (
    FAMILIAR,
    LONGEST_OUTLOOK_YEARS,
    CurvePoint,
    FutureValue,
    Novelty,
    UsedCarValue,
    age_grid,
    distance_grid,
    future_values,
    used_values,
)
from drivetrain.resale.used.model.comparables import Comparables
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.resale.used.model.features import effects_by_field, feature_index, group_fields, used_matrix
from drivetrain.resale.used.model.formulas import Ranges
from drivetrain.resale.valuation.domain.money import effects_in_money

POINT_FILE = "point.txt"
SPREAD_FILE = "spread.txt"
SETTINGS_FILE = "model.json"
LISTINGS_FILE = "listings.bin"

_YEARS_BEYOND = 2
"""A car may be so many years older or newer than every car of its model in the table before its value is said to be
extrapolated."""


@dataclass(frozen=True, slots=True)
class ValueEstimates:
    """Values for rows, in the country's currency.

    Attributes:
        features: what the model saw, shape (n_rows, n_features).
        value, low, high: shape (n_rows,), ``0 < low <= value <= high``.
    """

    features: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray


class UsedCarModel:
    """Serves one version from its verified files; holds no frame, takes no lock.

    Attributes:
        country: whose prices it knows; ``country.reference_year`` tells of when.
        usual_distance: what a car of the table is driven in a year, median, in the country's unit.
    """

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[SETTINGS_FILE])
        self.ref = ref
        self.country = COUNTRIES[settings["market"]]
        self.contract = CONTRACTS[settings["market"]]
        self.usual_distance = float(settings["usual_distance"])
        self._edge_age = int(settings["edge_age"])
        self._edge_distance = float(settings["edge_distance"])
        self._encoder = FeatureEncoder.from_dict(settings["encoder"])
        self._index = index = feature_index(self.contract, self._encoder, self.country)
        self._point = Trees(files[POINT_FILE])
        self._makes, self._models = self.contract.columns[index.make], self.contract.columns[index.model]
        self._identity = [index.make, index.model, index.year]
        self._years = _years_by_model(settings, self._encoder.features[index.model])
        self._ranges = Ranges(
            Trees(files[SPREAD_FILE]),
            float(settings["spread_floor"]),
            np.asarray(settings["factors"], dtype=np.float64),
            self._scales(settings),
            index,
        )
        self._average = float(settings["average_log_price"])
        content = files[LISTINGS_FILE]
        self._listings = Comparables(
            content, self.contract, self._encoder, index, settings["feature_weights"]
        )

    def _scales(self, settings: Mapping[str, Any]) -> GroupScales | None:
        scales = settings.get("group_scales")  # versions trained before groups had scales lack them
        if scales is None:
            return None
        return GroupScales.from_lists(group_fields(self.contract, self._encoder, self.country), scales)

    def estimate(self, rows: Columns) -> ValueEstimates:
        """Values with their ranges; the bits do not depend on how many rows come together."""
        matrix = used_matrix(self._encoder, rows)
        log_price = self._point.predict(matrix)
        low, high = self._ranges.bounds(matrix, log_price)
        return ValueEstimates(matrix, np.exp(log_price), low, high)

    def values(self, estimates: ValueEstimates) -> list[UsedCarValue]:
        """Estimates as they are answered, in whole cents."""
        country = self.country
        return used_values(
            estimates.value, estimates.low, estimates.high, country.currency, country.reference_year
        )

    def novelties(self, rows: Columns, features: FloatArray) -> dict[int, Novelty]:
        """What the training table hardly shows, by the place of the row; for rows of which there is something.

        A name that the contract does not know has its warning already.

        Args:
            features: shape (n_rows, n_features).
        """
        novelties = {}
        for row, (make, model, year) in enumerate(features[:, self._identity].tolist()):
            first, last = self._years[int(model)]
            if RARE not in (make, model) and first <= year <= last:
                continue
            novelty = Novelty(
                make=make == RARE and _knows(self._makes, rows["make"][row]),
                model=make != RARE and model == RARE and _knows(self._models, rows["model"][row]),
                year=not first <= year <= last,
            )
            if novelty != FAMILIAR:
                novelties[row] = novelty
        return novelties

    def explain(self, row: Row, features: FloatArray, value: float) -> PriceExplanation:
        """Why one car has its value: exact Shapley values of the trees, as money, and the nearest listings.

        Args:
            features: shape (n_features,).
            value: as answered, in whole cents; the reasons add up to it.

        Source:
            Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
            trees.
        """
        average = float(to_cents(np.exp([self._average]))[0])
        effects = self._point.contributions(features[np.newaxis])[0, :-1]
        names = self.contract.names
        amounts = effects_in_money(effects_by_field(effects, self._index, len(names)), value, average)
        reasons = reasons_of(names, row, amounts)
        return PriceExplanation(average, reasons, self._listings.nearest(features))

    def curve_over_distance(self, row: Row) -> list[CurvePoint]:
        """The value of the same car with another distance driven; it never rises."""
        name = self.country.distance
        return self._curve(
            row,
            name,
            distance_grid(float(_number(row, name)), self._edge_distance),
            lambda distance: distance,
        )

    def curve_over_age(self, row: Row) -> list[CurvePoint]:
        """The value of the same car, as far driven, at another age in years; it never rises."""
        year = self.country.reference_year
        own = max(0, year - int(_number(row, "year")))
        return self._curve(row, "year", age_grid(own, self._edge_age), lambda age: year - age)

    def future(
        self, row: Row, years: int = LONGEST_OUTLOOK_YEARS, distance_per_year: float | None = None
    ) -> list[FutureValue]:
        """What the car is expected to ask after 1, 2, ... years, with a range that widens; at the table's price level.

        Args:
            years: 1 to ``LONGEST_OUTLOOK_YEARS``.
            distance_per_year: how far it will be driven, >= 0, in the country's unit; None for what is usual.

        Raises:
            InvalidInputError: years or distance are out of range.
        """
        if not 1 <= years <= LONGEST_OUTLOOK_YEARS:
            raise InvalidInputError(
                f"years must lie between 1 and {LONGEST_OUTLOOK_YEARS}.", code="resale.years_out_of_range"
            )
        driven = self.usual_distance if distance_per_year is None else distance_per_year
        if not 0 <= driven <= self._edge_distance:
            raise InvalidInputError(
                f"The distance per year must lie between 0 and {self._edge_distance:,.0f} {self.country.distance_unit}.",
                code="resale.distance_per_year_out_of_range",
            )
        year = min(int(_number(row, "year")), self.country.reference_year)  # a newer car counts as new
        distance = float(_number(row, self.country.distance))
        aged: list[Row] = [
            {**row, "year": year - later, self.country.distance: distance + later * driven}
            for later in range(years + 1)
        ]
        estimates = self.estimate(as_columns(aged, self.contract.names))
        distances = [round(distance + later * driven, 1) for later in range(years + 1)]
        oldest = self.country.reference_year - self._edge_age
        beyond = [
            year - later < oldest or distance > self._edge_distance
            for later, distance in enumerate(distances)
        ]
        return future_values(estimates.value, estimates.low, estimates.high, distances, beyond)

    def _curve(
        self, row: Row, name: str, grid: Sequence[int], value_at: Callable[[int], int]
    ) -> list[CurvePoint]:
        cars: list[Row] = [{**row, name: value_at(position)} for position in grid]
        worth = self.values(self.estimate(as_columns(cars, self.contract.names)))
        return [
            CurvePoint(position, estimate.value, estimate.low, estimate.high)
            for position, estimate in zip(grid, worth, strict=True)
        ]


def self_test_answers(model: UsedCarModel, rows: list[dict[str, object]]) -> list[list[float]]:
    """Value, low and high for stored rows, to nine digits.

    Another processor may round the last bit of an exponential differently; that is no other model.
    """
    estimates = model.estimate(as_columns(rows, model.contract.names))
    answers = np.column_stack([estimates.value, estimates.low, estimates.high])
    return [[float(f"{value:.9g}") for value in answer] for answer in answers.tolist()]


load = partial(load_tested, UsedCarModel, self_test_answers)


def _years_by_model(settings: Mapping[str, Any], models: Feature) -> list[tuple[float, float]]:
    """The years that are near those of a model's cars, by its code; all for the unknown, and in versions that do not say."""
    years = settings.get("model_years") or [(-math.inf, math.inf)] * len(models.vocabulary or ())
    near = [(first - _YEARS_BEYOND, last + _YEARS_BEYOND) for first, last in years]
    return [(-math.inf, math.inf), *near]


def _knows(column: Column, word: object) -> bool:
    return isinstance(column, ListColumn) and column.knows(word)


def _number(row: Row, name: str) -> float:
    """A required number of a checked row."""
    value = row[name]
    if not isinstance(value, (int, float)):
        raise AssertionError(f"{name} of a checked row is a number")
    return value

"""Answers about used cars as JSON values and table cells, and what the documentation shows of them, country by country."""

from __future__ import annotations

from typing import Any

import numpy as np
from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef, RangeAnswer, WarningAnswer
from drivetrain.adapters.http.openapi import Merged
from drivetrain.adapters.http.prediction_schemas import Fields, comparable_rows
from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.serving.answering import ExplainedDecision
from drivetrain.lifecycle.serving.batches import Rendering, rendering_of
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.application.draw_value_curves import ValueCurves
from drivetrain.resale.used.application.forecast_value import Outlook
from drivetrain.resale.used.application.value_used_car import UsedCarDecision
from drivetrain.resale.used.domain.deal import Deal, DealRating
from drivetrain.resale.used.domain.value import CurvePoint, Drift, UsedCarValue, future_values, used_values
from drivetrain.resale.used.model.contract import CONTRACTS, distance_per_year
from drivetrain.resale.used.model.countries import Country
from drivetrain.resale.valuation.adapters.schemas import ValuationReasons


class UsedCarValueAnswer(TypedDict):
    """What a used car is worth at the prices of ``as_of_year``, in whole cents."""

    value: float
    currency: str
    range: RangeAnswer
    as_of_year: int


class DealAnswer(UsedCarValueAnswer):
    """How an asking price stands to that value, and why in sentences."""

    rating: DealRating
    asking_price: float
    difference: float
    why: list[str]


class CurvePointAnswer(TypedDict):
    """The value of the same car at another distance or age."""

    at: float
    value: float
    range: RangeAnswer


class CurveAnswer(TypedDict):
    """Points in order, and the unit of ``at``."""

    unit: str
    points: list[CurvePointAnswer]


class ValueCurvesAnswer(TypedDict):
    """The value along distance and along age."""

    over_distance: CurveAnswer
    over_age: CurveAnswer


class ViewedCar(TypedDict):
    """What is unusual about the car, and which version answered."""

    warnings: list[WarningAnswer]
    model: ModelVersionRef


class FutureValueAnswer(TypedDict):
    """The value after some years; ``beyond_table`` where so old or far driven a car is not in the table."""

    years: int
    value: float
    range: RangeAnswer
    beyond_table: bool


class AssumedDrift(TypedDict):
    """Standard deviations of the log price, of the market's level and of the yearly loss."""

    market_per_year: float
    course_per_year: float


def fields_of(country: Country, *, is_deal: bool) -> Fields:
    """What the answers of a country hold."""
    cars = comparable_rows(f"{country.code.title()}UsedCarComparable", CONTRACTS[country.code], "price")
    return Fields(DealAnswer if is_deal else UsedCarValueAnswer, ValuationReasons, cars)


def curves_schema() -> Merged:
    """What ``curves_answer`` writes, with what is known of every car looked at."""
    return Merged("UsedCarCurves", (UsedCarValueAnswer, ValueCurvesAnswer, ViewedCar))


def outlook_schema(country: Country) -> Merged:
    """The same of ``outlook_answer``; the fields of a distance are named for the country's unit."""
    name = country.code.title()
    year = Merged(f"{name}FutureValue", (FutureValueAnswer, _numbers(country.distance)))
    assumed = Merged(f"{name}OutlookAssumptions", (AssumedDrift, _numbers(distance_per_year(country))))
    years = {"years": {"type": "array", "items": year}, "assumed": assumed}
    fields = {"type": "object", "required": list(years), "properties": years}
    return Merged(f"{name}UsedCarOutlook", (UsedCarValueAnswer, fields, ViewedCar))


def _numbers(*names: str) -> dict[str, object]:
    return {
        "type": "object",
        "required": list(names),
        "properties": {name: {"type": "number"} for name in names},
    }


UsedCarAnswer = ExplainedDecision[UsedCarDecision, PriceExplanation]

_VERSION = "3"
_DECISION_ID = "0198c0de-0000-7000-8000-000000000000"
_EXAMPLE_LOSS = 0.88
"""Of the examples alone: what is left of a value after a year."""


def curves_answer(curves: ValueCurves, country: Country) -> dict[str, object]:
    """Both curves, ready for a chart: points in order, each with its range."""
    return {
        **curves.worth.as_dict(),
        "over_distance": {
            "unit": country.distance_unit,
            "points": [point.as_dict() for point in curves.over_distance],
        },
        "over_age": {"unit": "years", "points": [point.as_dict() for point in curves.over_age]},
    }


def outlook_answer(outlook: Outlook, country: Country) -> dict[str, object]:
    """The years to come, and what was assumed about them."""
    drift = Drift()
    return {
        **outlook.worth.as_dict(),
        "years": [year.as_dict(country.distance) for year in outlook.years],
        "assumed": {
            distance_per_year(country): outlook.distance_per_year,
            "market_per_year": drift.market,
            "course_per_year": drift.course,
        },
    }


def _value_cells(decision: UsedCarDecision) -> list[Any]:
    worth = decision.worth if isinstance(decision, Deal) else decision
    return [worth.value, worth.currency, worth.low, worth.high, worth.as_of_year]


def _deal_cells(decision: UsedCarDecision) -> list[Any]:
    if not isinstance(decision, Deal):
        raise AssertionError("a row with an asking price is answered by a deal")
    return [decision.rating.value, decision.difference, " ".join(decision.why()), *_value_cells(decision)]


_VALUE_COLUMNS = ("value", "currency", "range_low", "range_high", "as_of_year")
VALUES: Rendering[UsedCarAnswer] = rendering_of(_VALUE_COLUMNS, _value_cells)
"""How lists and tables of values are written; a table may hold a ``price`` of its own."""

DEALS: Rendering[UsedCarAnswer] = rendering_of(("rating", "difference", "why", *_VALUE_COLUMNS), _deal_cells)
"""The same with the rating of each asking price before the value."""


def example_worth(country: Country) -> UsedCarValue:
    """A value as the documentation shows it: that of the contract's example, about."""
    price = float(CONTRACTS[country.code].target.example)
    value = np.asarray([price])
    (worth,) = used_values(value, value * 0.83, value * 1.19, country.currency, country.reference_year)
    return worth


def one_example(country: Country, decision: UsedCarDecision) -> dict[str, object]:
    """An answer as the documentation shows it; a real one has a reason for each field and five comparables."""
    contract = CONTRACTS[country.code]
    car, price = contract.example(), float(contract.target.example)
    average = round(price * 1.3, 2)
    return {
        **decision.as_dict(),
        "average_price": average,
        "reasons": [
            {"field": "model", "value": car["model"], "effect": round(-0.4 * price, 2)},
            {"field": "year", "value": car["year"], "effect": round(0.1 * price, 2)},
        ],
        "comparables": [{**car, "price": round(price * 1.02)}],
        "warnings": [],
        "model": _ref(country).as_dict(),
        "decision_id": _DECISION_ID,
    }


def many_example(country: Country, decision: UsedCarDecision) -> dict[str, object]:
    """The answer to a list as the documentation shows it."""
    return {
        "results": [{**decision.as_dict(), "warnings": [], "decision_id": _DECISION_ID}],
        "counts": {"ok": 1, "failed": 0},
        "model": _ref(country).as_dict(),
    }


def curves_example(country: Country) -> dict[str, object]:
    """Curves of two points each."""
    worth = example_worth(country)
    points = [
        CurvePoint(years, round(worth.value * factor, 2), worth.low, worth.high)
        for years, factor in ((0, 1.2), (1, 1.1))
    ]
    curves = ValueCurves(worth, points, points, _ref(country))
    return {**curves_answer(curves, country), "warnings": [], "model": _ref(country).as_dict()}


def outlook_example(country: Country) -> dict[str, object]:
    """The first two years."""
    worth = example_worth(country)
    value = np.asarray([worth.value * _EXAMPLE_LOSS**years for years in range(3)])
    distances, usual = [20_000.0, 30_000.0, 40_000.0], 10_000.0
    years = future_values(value, value * 0.83, value * 1.19, distances, [False] * 3)
    outlook = Outlook(worth, years, usual, _ref(country))
    return {**outlook_answer(outlook, country), "warnings": [], "model": _ref(country).as_dict()}


def _ref(country: Country) -> ModelRef:
    return ModelRef(country.model_name, _VERSION)

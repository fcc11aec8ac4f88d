"""Rental answers as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef, RangeAnswer, ReasonAnswer, WarningAnswer
from drivetrain.adapters.http.prediction_schemas import Fields, comparable_rows
from drivetrain.core.prices import Comparable, PriceExplanation, PriceReason
from drivetrain.lifecycle.serving.batches import rendering_of
from drivetrain.rental.price.application.explore_price import PriceExploration
from drivetrain.rental.price.domain.price import PriceSuggestion
from drivetrain.rental.price.model.contract import MILEAGE, RENTAL_PRICE


class PriceAnswer(TypedDict):
    """What the market asks for such a car per day, in whole cents."""

    price_per_day: float
    currency: str
    range: RangeAnswer


class PriceReasons(TypedDict):
    """Why: the average price and the effects add up to the price."""

    average_price_per_day: float
    reasons: list[ReasonAnswer]


PRICE_FIELDS = Fields(
    PriceAnswer, PriceReasons, comparable_rows("RentalPriceComparable", RENTAL_PRICE, "price_per_day")
)

PRICE_EXAMPLE: dict[str, object] = {
    "price_per_day": 97.3,
    "currency": "EUR",
    "range": {"low": 77.69, "high": 110.86, "coverage": 0.9},
    "average_price_per_day": 121.56,
    "reasons": [
        {"field": "engine_power", "value": 100, "effect": -10.25},
        {"field": "model_key", "value": "Citroën", "effect": -8.99},
    ],
    "comparables": [{**RENTAL_PRICE.example(), "price_per_day": 97.0}],
    "warnings": [],
    "model": {"name": "rental-price", "version": "3"},
    "decision_id": "0198c0de-0000-7000-8000-000000000000",
}
"""The shape of an answer; a real one has a reason for each field and five comparables."""

BATCH_EXAMPLE: dict[str, object] = {
    "results": [
        {
            "price_per_day": 118.4,
            "currency": "EUR",
            "range": {"low": 97.0, "high": 143.5, "coverage": 0.9},
            "warnings": [],
            "decision_id": "0198c0de-0000-7000-8000-000000000000",
        }
    ],
    "counts": {"ok": 1, "failed": 0},
    "model": {"name": "rental-price", "version": "3"},
}


class MileagePoint(PriceAnswer):
    """The price at another mileage, km."""

    mileage: float


class EquipmentChange(PriceAnswer):
    """The price with one piece of equipment added (`value` true) or left out; `change` against the car as asked for."""

    field: str
    value: bool
    change: float


class PriceExplorationAnswer(PriceAnswer):
    """What the car would cost otherwise."""

    over_mileage: list[MileagePoint]
    equipment: list[EquipmentChange]
    warnings: list[WarningAnswer]
    model: ModelVersionRef


EXPLORATION_EXAMPLE: dict[str, object] = {
    "price_per_day": 97.3,
    "currency": "EUR",
    "range": {"low": 77.69, "high": 110.86, "coverage": 0.9},
    "over_mileage": [
        {
            "mileage": 0,
            "price_per_day": 118.4,
            "currency": "EUR",
            "range": {"low": 97.0, "high": 143.5, "coverage": 0.9},
        }
    ],
    "equipment": [
        {
            "field": "has_gps",
            "value": False,
            "change": -6.2,
            "price_per_day": 91.1,
            "currency": "EUR",
            "range": {"low": 73.1, "high": 104.2, "coverage": 0.9},
        }
    ],
    "warnings": [],
    "model": {"name": "rental-price", "version": "3"},
}
"""The shape; a real one has a point for each step of the usual mileages, and every piece of equipment."""


def exploration_answer(exploration: PriceExploration) -> dict[str, object]:
    """An exploration, ready for a chart: points in order, each with its range."""
    asked = exploration.price.price_per_day
    return {
        **exploration.price.as_dict(),
        "over_mileage": [
            {MILEAGE: point.value, **point.price.as_dict()} for point in exploration.over_mileage
        ],
        "equipment": [
            {
                "field": field,
                "value": point.value,
                "change": round(point.price.price_per_day - asked, 2),
                **point.price.as_dict(),
            }
            for field, point in exploration.equipment
        ],
        "model": exploration.model.as_dict(),
    }


def explained(explanation: PriceExplanation) -> dict[str, object]:
    """Why a price is what it is, as JSON fields."""
    return {
        "average_price_per_day": explanation.average_price,
        "reasons": [_reason(reason) for reason in explanation.reasons],
        "comparables": [_comparable(comparable) for comparable in explanation.comparables],
    }


def _reason(reason: PriceReason) -> dict[str, object]:
    return {"field": reason.name, "value": reason.value, "effect": reason.effect}


def _comparable(comparable: Comparable) -> dict[str, object]:
    return {**comparable.listing, "price_per_day": comparable.price}


def _cells(suggestion: PriceSuggestion) -> list[Any]:
    return [suggestion.price_per_day, suggestion.currency, suggestion.low, suggestion.high]


RENDERING = rendering_of(("price_per_day", "currency", "range_low", "range_high"), _cells)
"""How lists and tables of prices are written."""

"""Rental answers as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import RangeAnswer, ReasonAnswer
from drivetrain.adapters.http.prediction_schemas import Fields, comparable_rows
from drivetrain.core.prices import Comparable, PriceExplanation, PriceReason
from drivetrain.lifecycle.serving.batches import rendering_of
from drivetrain.rental.price.domain.price import PriceSuggestion
from drivetrain.rental.price.model.contract import RENTAL_PRICE


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

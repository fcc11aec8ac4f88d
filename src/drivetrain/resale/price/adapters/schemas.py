"""Resale answers as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import RangeAnswer
from drivetrain.adapters.http.prediction_schemas import Fields, comparable_rows
from drivetrain.lifecycle.serving.batches import rendering_of
from drivetrain.resale.price.model.contract import CAR_PRICE, MODEL_NAME
from drivetrain.resale.valuation.adapters.schemas import ValuationReasons
from drivetrain.resale.valuation.domain.money import Valuation


class CarPriceAnswer(TypedDict):
    """What a car is worth, in whole cents, and the band of the price."""

    price: float
    currency: str
    range: RangeAnswer
    band: str


PRICE_FIELDS = Fields(
    CarPriceAnswer, ValuationReasons, comparable_rows("CarPriceComparable", CAR_PRICE, "price")
)

PRICE_EXAMPLE: dict[str, object] = {
    "price": 7387.65,
    "currency": "USD",
    "range": {"low": 6059.94, "high": 9006.27, "coverage": 0.9},
    "band": "low",
    "average_price": 11537.17,
    "reasons": [
        {"field": "curbweight", "value": 2109, "effect": -2596.19},
        {"field": "CompanyName", "value": "toyota", "effect": -788.58},
    ],
    "comparables": [{**CAR_PRICE.example(), "price": 7198.0}],
    "warnings": [],
    "model": {"name": MODEL_NAME, "version": "3"},
    "decision_id": "0198c0de-0000-7000-8000-000000000000",
}
"""The shape of an answer; a real one has a reason for each field and five comparables."""

BATCH_EXAMPLE: dict[str, object] = {
    "results": [
        {
            "price": 7387.65,
            "currency": "USD",
            "range": {"low": 6059.94, "high": 9006.27, "coverage": 0.9},
            "band": "low",
            "warnings": [],
            "decision_id": "0198c0de-0000-7000-8000-000000000000",
        }
    ],
    "counts": {"ok": 1, "failed": 0},
    "model": {"name": MODEL_NAME, "version": "3"},
}


def _cells(valuation: Valuation) -> list[Any]:
    return [valuation.price, valuation.currency, valuation.low, valuation.high, valuation.band]


RENDERING = rendering_of(("estimated_price", "currency", "range_low", "range_high", "band"), _cells)
"""How lists and tables of valuations are written; a table may hold a ``price`` of its own."""

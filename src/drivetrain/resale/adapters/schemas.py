"""Resale answers as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from drivetrain.adapters.http.batches import Rendering
from drivetrain.lifecycle.contracts import Warned
from drivetrain.resale.application.value_car import CarAnswer
from drivetrain.resale.domain.price import ValuationExplanation
from drivetrain.resale.model.price.contract import CAR_PRICE, MODEL_NAME

ANSWER_COLUMNS = (
    *("estimated_price", "currency", "range_low", "range_high", "band"),
    *("warnings", "model_version", "decision_id"),
)
"""What a table gets added when it is answered as a table; a table may hold a ``price`` of its own."""

PRICE_EXAMPLE: dict[str, Any] = {
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

BATCH_EXAMPLE: dict[str, Any] = {
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


def car_answer(answer: CarAnswer, warnings: Iterable[Warned]) -> dict[str, Any]:
    """One answer, with its reasons where they were asked for."""
    explained = {} if answer.explanation is None else _explained(answer.explanation)
    return {
        **answer.valuation.as_dict(),
        **explained,
        "warnings": [warning.as_dict() for warning in warnings],
        "model": answer.model.as_dict(),
        "decision_id": answer.decision_id,
    }


def batch_result(answer: CarAnswer, warnings: Sequence[Warned]) -> dict[str, Any]:
    """One row of a batch; the model stands once, beside the rows."""
    return {
        **answer.valuation.as_dict(),
        "warnings": [warning.as_dict() for warning in warnings],
        "decision_id": answer.decision_id,
    }


def answer_cells(answer: CarAnswer, warnings: Sequence[Warned]) -> list[Any]:
    """One row of a table's added columns, in the order of ``ANSWER_COLUMNS``."""
    valuation = answer.valuation
    return [
        valuation.price,
        valuation.currency,
        valuation.low,
        valuation.high,
        valuation.band,
        "; ".join(warning.detail for warning in warnings),
        answer.model.version,
        answer.decision_id,
    ]


def _explained(explanation: ValuationExplanation) -> dict[str, Any]:
    return {
        "average_price": explanation.average_price,
        "reasons": [{"field": each.name, "value": each.value, "effect": each.effect} for each in explanation.reasons],
        "comparables": [{**each.car, "price": each.price} for each in explanation.comparables],
    }


RENDERING: Rendering[CarAnswer] = Rendering(batch_result, ANSWER_COLUMNS, answer_cells)
"""How batches and tables of valuations are written."""

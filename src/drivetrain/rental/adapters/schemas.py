"""Rental answers as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from drivetrain.adapters.http.batches import Rendering
from drivetrain.lifecycle.contracts import Warned
from drivetrain.rental.application.suggest_price import PriceAnswer
from drivetrain.rental.domain.price import Comparable, PriceExplanation, PriceReason
from drivetrain.rental.model.price.contract import RENTAL_PRICE

ANSWER_COLUMNS = ("price_per_day", "currency", "range_low", "range_high", "warnings", "model_version", "decision_id")
"""What a table gets added when it is answered as a table."""

PRICE_EXAMPLE: dict[str, Any] = {
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

BATCH_EXAMPLE: dict[str, Any] = {
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


def price_answer(answer: PriceAnswer, warnings: Iterable[Warned]) -> dict[str, Any]:
    """One answer, with its reasons where they were asked for."""
    explained = {} if answer.explanation is None else _explained(answer.explanation)
    return {
        **answer.suggestion.as_dict(),
        **explained,
        "warnings": [warning.as_dict() for warning in warnings],
        "model": answer.model.as_dict(),
        "decision_id": answer.decision_id,
    }


def batch_result(answer: PriceAnswer, warnings: Sequence[Warned]) -> dict[str, Any]:
    """One row of a batch; the model stands once, beside the rows."""
    return {
        **answer.suggestion.as_dict(),
        "warnings": [warning.as_dict() for warning in warnings],
        "decision_id": answer.decision_id,
    }


def answer_cells(answer: PriceAnswer, warnings: Sequence[Warned]) -> list[Any]:
    """One row of a table's added columns, in the order of ``ANSWER_COLUMNS``."""
    suggestion = answer.suggestion
    return [
        suggestion.price_per_day,
        suggestion.currency,
        suggestion.low,
        suggestion.high,
        "; ".join(warning.detail for warning in warnings),
        answer.model.version,
        answer.decision_id,
    ]


def _explained(explanation: PriceExplanation) -> dict[str, Any]:
    return {
        "average_price_per_day": explanation.average_price_per_day,
        "reasons": [_reason(reason) for reason in explanation.reasons],
        "comparables": [_comparable(comparable) for comparable in explanation.comparables],
    }


def _reason(reason: PriceReason) -> dict[str, Any]:
    return {"field": reason.name, "value": reason.value, "effect": reason.effect}


def _comparable(comparable: Comparable) -> dict[str, Any]:
    return {**comparable.listing, "price_per_day": comparable.price_per_day}


RENDERING: Rendering[PriceAnswer] = Rendering(batch_result, ANSWER_COLUMNS, answer_cells)
"""How batches and tables of prices are written."""

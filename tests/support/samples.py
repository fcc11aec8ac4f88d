"""Small valid values to start a test from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from drivetrain.core.ids import new_ids
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

DECIDED_AT = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)


def decision(**changed: Any) -> Decision:
    """One decision with an id of its own."""
    return decisions(1, **changed)[0]


def decisions(count: int, **changed: Any) -> Sequence[Decision]:
    """Decisions that differ by their id only."""
    plain: dict[str, Any] = {
        "decided_at": DECIDED_AT,
        "product": "rental",
        "model": ModelRef("rental-price", "3"),
        "input_json": '{"model_key":"Citroën","mileage":148300}'.encode(),
        "features": (148300.0, 3.0, 0.1),
        "answer_json": b'{"price_per_day":118.4,"currency":"EUR"}',
        "latency_us": 1234,
        "caller": "a client",
        "request_id": "req-1",
    }
    return [Decision(**{"decision_id": decision_id, **plain, **changed}) for decision_id in new_ids(count)]

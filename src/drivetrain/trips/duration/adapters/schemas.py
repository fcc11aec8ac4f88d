"""Trip durations as JSON values, and what the documentation shows of them."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import RangeAnswer, ReasonAnswer
from drivetrain.adapters.http.prediction_schemas import Fields
from drivetrain.lifecycle.serving.batches import rendering_of
from drivetrain.trips.duration.domain.duration import DurationExplanation, TripDuration
from drivetrain.trips.duration.model.contract import MODEL_NAME


class DurationAnswer(TypedDict):
    """How long a trip takes, in minutes."""

    duration_min: float
    range: RangeAnswer


class TypicalDurationAnswer(TypedDict):
    """What trips between these areas at such an hour took, and how many of them the training table holds."""

    duration_min: float
    hours: str
    trips_of_pair: int
    trips_at_hour: int


class DurationReasons(TypedDict):
    """Why: the average and the effects add up to the duration."""

    average_min: float
    reasons: list[ReasonAnswer]
    typical: TypicalDurationAnswer


DURATION_FIELDS = Fields(DurationAnswer, DurationReasons)

DURATION_EXAMPLE: dict[str, object] = {
    "duration_min": 12.84,
    "range": {"low": 6.11, "high": 23.95, "coverage": 0.9},
    "average_min": 20.31,
    "reasons": [
        {"field": "typical_duration_min", "value": 10.72, "effect": -5.94},
        {"field": "street_km", "value": 2.4, "effect": -3.02},
        {"field": "trip_start_timestamp", "value": "2022-05-16T21:45:00Z", "effect": 1.49},
    ],
    "typical": {
        "duration_min": 10.72,
        "hours": "working days, 15:00 to 19:00",
        "trips_of_pair": 1_840,
        "trips_at_hour": 512,
    },
    "warnings": [],
    "model": {"name": MODEL_NAME, "version": "3"},
    "decision_id": "0198c0de-0000-7000-8000-000000000000",
}
"""The shape of an answer; a real one has a reason for each field, for the distance and for what is
typical."""

BATCH_EXAMPLE: dict[str, object] = {
    "results": [
        {
            "duration_min": 12.84,
            "range": {"low": 6.11, "high": 23.95, "coverage": 0.9},
            "warnings": [],
            "decision_id": "0198c0de-0000-7000-8000-000000000000",
        }
    ],
    "counts": {"ok": 1, "failed": 0},
    "model": {"name": MODEL_NAME, "version": "3"},
}


def explained(explanation: DurationExplanation) -> dict[str, object]:
    """Why a trip takes so long, as JSON fields."""
    typical = explanation.typical
    return {
        "average_min": explanation.average_min,
        "reasons": [
            {"field": reason.name, "value": reason.value, "effect": reason.effect}
            for reason in explanation.reasons
        ],
        "typical": {
            "duration_min": typical.duration_min,
            "hours": typical.hours,
            "trips_of_pair": typical.trips_of_pair,
            "trips_at_hour": typical.trips_at_hour,
        },
    }


def _cells(duration: TripDuration) -> list[Any]:
    return [duration.duration_min, duration.low, duration.high]


RENDERING = rendering_of(("predicted_duration_min", "range_low_min", "range_high_min"), _cells)
"""How lists and tables of durations are written; a table may hold a ``duration_min`` of its own."""

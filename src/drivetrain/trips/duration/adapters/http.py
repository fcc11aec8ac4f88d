"""The HTTP routes of trips: how long one trip takes, a list, a file."""

from __future__ import annotations

from fastapi import APIRouter

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes
from drivetrain.trips.duration.adapters.schemas import (
    BATCH_EXAMPLE,
    DURATION_EXAMPLE,
    DURATION_FIELDS,
    RENDERING,
    explained,
)
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.domain.duration import DurationExplanation, TripDuration
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION

_DURATIONS: Presentation[TripDuration, DurationExplanation] = Presentation(
    prefix="/trips",
    one="duration",
    many="durations",
    operation="estimate_trip_duration",
    task="Say how long a trip will take, in minutes, with its range",
    fields=DURATION_FIELDS,
    explained=explained,
    relative_width=TripDuration.relative_width,
    rendering=RENDERING,
    example=DURATION_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def duration_routes(ports: ServingPorts) -> APIRouter:
    """Routes under ``/trips``."""
    return prediction_routes(MODEL_NAME, TRIP_DURATION, ports, ESTIMATE_DURATION, _DURATIONS)

"""The card of trips: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import Trained, TrainingTable
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.predictor import SETTINGS_FILE, load

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.lifecycle.serving.batches import Rendering
    from drivetrain.trips.duration.application.estimate_duration import DurationAnswer

NAME = "trips"


def _train_duration(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> Trained:
    # LightGBM's package: only for training
    from drivetrain.trips.duration.model.training import train_duration

    return train_duration(table, settings, champion, progress)


def _duration_rendering() -> Rendering[DurationAnswer]:
    from drivetrain.trips.duration.adapters.schemas import RENDERING  # Starlette: only for answering

    return RENDERING


def _routes(ports: ServingPorts) -> Sequence[APIRouter]:
    from drivetrain.trips.duration.adapters.http import duration_routes  # FastAPI: only for serving
    from drivetrain.trips.outcomes.adapters.quality_http import quality_routes
    from drivetrain.trips.slots.adapters.http import slot_routes

    return [duration_routes(ports), slot_routes(ports), quality_routes(ports)]


TRIP_DURATION_MODEL = ModelSpec(
    name=MODEL_NAME,
    product=NAME,
    summary="How long a taxi trip in Chicago takes, in minutes, from what is known before it starts.",
    contract=TRIP_DURATION,
    table=CHICAGO_TAXI,
    train=_train_duration,
    load=load,
    recipe_of=recipe_in(SETTINGS_FILE),
    card=card_in("drivetrain.trips.duration.model"),
    rule=ESTIMATE_DURATION,
    rendering=_duration_rendering,
    value_field="duration_min",
    outcome="duration_min",
)

CARD = ProductCard(
    name=NAME,
    summary="How long a trip will take, scored on a schedule.",
    models=(TRIP_DURATION_MODEL,),
    routes=_routes,
)

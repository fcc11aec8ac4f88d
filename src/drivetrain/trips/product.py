"""The card of trips: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.predictor import SETTINGS_FILE, load

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts

NAME = "trips"


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
    train=when_called("drivetrain.trips.duration.model.training:train_duration"),
    load=load,
    recipe_of=recipe_in(SETTINGS_FILE),
    card=card_in("drivetrain.trips.duration.model"),
    rule=ESTIMATE_DURATION,
    rendering=imported("drivetrain.trips.duration.adapters.schemas:RENDERING"),
    value_field="duration_min",
    outcome="duration_min",
)

CARD = ProductCard(
    name=NAME,
    summary="How long a trip will take, scored on a schedule.",
    models=(TRIP_DURATION_MODEL,),
    routes=_routes,
)

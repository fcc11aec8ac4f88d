"""The card of trips: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.lifecycle.products import ProductCard

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts

DURATION_MODEL = "trip-duration"
"""The model that the scheduled scoring scores with."""


def _routes(ports: ServingPorts) -> Sequence[APIRouter]:
    from drivetrain.trips.adapters.quality_http import quality_routes  # noqa: PLC0415 (FastAPI: only for serving)
    from drivetrain.trips.adapters.slot_http import slot_routes  # noqa: PLC0415

    return [slot_routes(ports), quality_routes(ports)]


CARD = ProductCard(name="trips", summary="How long a trip will take, scored on a schedule.", routes=_routes)

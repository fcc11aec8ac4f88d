"""The card of trips: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.jobs import TableShelf
from drivetrain.lifecycle.products import ProductCard

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.trips.application.ride_source import RideSource

DURATION_MODEL = "trip-duration"
"""The model that the scheduled scoring scores with."""


def ride_source(tables: TableShelf, *, rate: float) -> RideSource:
    """Where the rides of a slot come from.

    Args:
        rate: rides, as a multiple of the learned demand.

    Raises:
        UnavailableError: there is none.
    """
    raise UnavailableError("This version has no source of rides yet.", code="trips.no_source")


def _routes(ports: ServingPorts) -> Sequence[APIRouter]:
    from drivetrain.trips.adapters.slot_http import slot_routes  # noqa: PLC0415 (FastAPI: only for serving)

    return [slot_routes(ports)]


CARD = ProductCard(name="trips", summary="How long a trip will take, scored on a schedule.", routes=_routes)

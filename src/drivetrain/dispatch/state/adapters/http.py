"""The route that shows drivers on a map."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.state.application.show_drivers import Box, DriversInBox, ShowDrivers
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

MOST_SHOWN = 2_000
_reads = Needs(DISPATCH_READ.name)


class DriverAnswer(TypedDict):
    """A driver: where they were ``age_s`` seconds ago. ``vehicle`` is null where it is not known."""

    driver_id: str
    latitude: float
    longitude: float
    status: DriverStatus
    vehicle: str | None
    age_s: float
    is_fresh: bool


class DriverCounts(TypedDict):
    """Drivers in the box: fresh ones by status, those whose position is too old to be matched, and all."""

    idle: int
    on_trip: int
    offline: int
    stale: int
    total: int


class DriverList(TypedDict):
    """Drivers in a box, the most recently heard of first, as one worker knows them."""

    items: list[DriverAnswer]
    counts: DriverCounts


_EXAMPLE: DriverList = {
    "items": [
        {
            "driver_id": "driver_7",
            "latitude": 40.7128,
            "longitude": -74.006,
            "status": DriverStatus.IDLE,
            "vehicle": "sedan",
            "age_s": 1.2,
            "is_fresh": True,
        }
    ],
    "counts": {"idle": 1, "on_trip": 0, "offline": 0, "stale": 0, "total": 1},
}


def driver_routes(show: ShowDrivers) -> APIRouter:
    """``GET /dispatch/drivers``."""
    router = APIRouter(prefix="/dispatch", tags=["dispatch"])

    @router.get("/drivers", dependencies=[Depends(_reads)])
    @documented(answer(DriverList, "The drivers of the box, and how many there are.", example=_EXAMPLE))
    def list_dispatch_drivers(
        bbox: Annotated[
            str, Query(max_length=120, description="Part of the map: south,west,north,east, degrees.")
        ],
        limit: Annotated[int, Query(ge=1, le=MOST_SHOWN, description="Most drivers listed.")] = 500,
    ) -> Response:
        """List the drivers in a part of the map with position, status and age."""
        return json_answer(_answer(show(read_box(bbox), most=limit)))

    return router


def read_box(text: str) -> Box:
    """A part of the map as a query writes it.

    Raises:
        ContractError: ``dispatch.bad_box``.
    """
    try:
        return Box(*map(float, text.split(",")))
    except (ValueError, TypeError):
        detail = "bbox must be four numbers: south,west,north,east, degrees."
        raise ContractError([FieldError("dispatch.bad_box", detail, "/query/bbox")]) from None


def _answer(drivers: DriversInBox) -> DriverList:
    return {
        "items": [
            {
                "driver_id": driver.driver_id,
                "latitude": driver.place.latitude,
                "longitude": driver.place.longitude,
                "status": driver.status,
                "vehicle": driver.vehicle or None,
                "age_s": round((drivers.now_us - driver.at_us) / 1e6, 3),
                "is_fresh": driver.is_fresh,
            }
            for driver in drivers.drivers
        ],
        "counts": {
            "idle": drivers.by_status[DriverStatus.IDLE],
            "on_trip": drivers.by_status[DriverStatus.ON_TRIP],
            "offline": drivers.by_status[DriverStatus.OFFLINE],
            "stale": drivers.stale,
            "total": drivers.total,
        },
    }

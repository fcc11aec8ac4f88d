"""The routes of the board."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.board.application.count_cells import CountCells
from drivetrain.dispatch.board.application.ports import (
    Happening,
    ListedRide,
    Minute,
    RideBoard,
    RideCursor,
    WaitingRider,
)
from drivetrain.dispatch.board.application.read_board import Board, ReadBoard
from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.events.domain.identity import LONGEST_ID
from drivetrain.dispatch.matching.domain.life import RideState
from drivetrain.dispatch.state.adapters.http import DriverCounts, read_box
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

MOST_LISTED = 200
_reads = Needs(DISPATCH_READ.name)
_CURSOR = re.compile(rf"([0-9]{{1,17}})\.(.{{1,{LONGEST_ID}}})", re.DOTALL)


class OpenRequests(TypedDict):
    """Requests that have not ended, by state."""

    requested: int
    offered: int
    accepted: int
    picked_up: int


class WaitingRiderAnswer(TypedDict):
    """A rider whom nobody has picked up yet; their place is null where the request came by a match alone."""

    request_id: str
    rider_id: str
    state: RideState
    driver_id: str | None
    requested_at: str
    waited_s: float
    latitude: float | None
    longitude: float | None


class MinuteAnswer(TypedDict):
    """What happened in a minute."""

    begins_at: str
    requested: int
    offered: int
    accepted: int
    declined: int
    expired: int
    picked_up: int
    completed: int
    cancelled_by_rider: int
    cancelled_by_driver: int
    unserved: int
    abandoned: int


class OffersAnswer(TypedDict):
    """Offers of the minutes shown by what became of them; some wait for an answer yet."""

    made: int
    accepted: int
    declined: int
    expired: int


class PositionsAnswer(TypedDict):
    """How old fresh positions are, and how far this worker is behind the log; null before the first position."""

    median_age_s: float | None
    p95_age_s: float | None
    newest_update_age_s: float | None
    behind: int
    is_catching_up: bool


class BoxAnswer(TypedDict):
    """A part of the map, degrees; the name of a city served, or empty for where drivers are."""

    name: str
    south: float
    west: float
    north: float
    east: float


class BoardAnswer(TypedDict):
    """How dispatch stands: at most 500 ``waiting`` riders, longest wait first; ``minutes`` of half an hour, oldest first."""

    at: str
    is_synthetic: bool
    requests: OpenRequests
    waiting: list[WaitingRiderAnswer]
    minutes: list[MinuteAnswer]
    offers: OffersAnswer
    drivers: DriverCounts
    positions: PositionsAnswer
    places: list[BoxAnswer]


class CellAnswer(TypedDict):
    """Fresh drivers of a cell, degrees."""

    south: float
    west: float
    north: float
    east: float
    idle: int
    on_trip: int


class CellList(TypedDict):
    """Cells in which somebody is; ``is_synthetic`` says that some driver, there or elsewhere, is made up."""

    is_synthetic: bool
    items: list[CellAnswer]


class ListedRideAnswer(TypedDict):
    """A request as it stands; ``driver_id`` and ``expires_at`` (of an offer that waits for an answer) may be null."""

    request_id: str
    rider_id: str
    state: RideState
    version: int
    driver_id: str | None
    expires_at: str | None
    requested_at: str
    changed_at: str


class RideList(TypedDict):
    """Requests, those that changed last first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ListedRideAnswer]
    next: str | None


_RIDE: ListedRideAnswer = {
    "request_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b10",
    "rider_id": "rider_1",
    "state": RideState.ACCEPTED,
    "version": 2,
    "driver_id": "driver_7",
    "expires_at": None,
    "requested_at": "2026-05-01T09:30:02.000000Z",
    "changed_at": "2026-05-01T09:30:09.000000Z",
}


def board_routes(read: ReadBoard, rides: RideBoard, count: CountCells) -> APIRouter:
    """``GET /dispatch/board``, ``/dispatch/requests`` and ``/dispatch/cells``."""
    router = APIRouter(prefix="/dispatch", tags=["dispatch"], dependencies=[Depends(_reads)])

    @router.get("/board")
    @documented(answer(BoardAnswer, "How requests, offers and drivers stand."), problems=[503])
    def show_dispatch_board() -> Response:
        """Show open requests, waiting riders, what happened by minute, and how fresh positions are; read once a second."""
        return json_answer(_board(read()))

    @router.get("/requests")
    @documented(answer(RideList, "The requests.", example={"items": [_RIDE], "next": None}), problems=[503])
    def list_dispatch_requests(
        state: Annotated[RideState | None, Query(description="Only requests in this state.")] = None,
        cursor: Annotated[
            str | None, Query(max_length=2 * LONGEST_ID, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="Most requests on a page.")] = 50,
    ) -> Response:
        """List requests, those that changed last first."""
        page = rides.latest(state, _read_cursor(cursor), limit + 1)
        items = page[:limit]
        following = _cursor(items[-1]) if len(page) > limit else None
        return json_answer({"items": [_listed(ride) for ride in items], "next": following})

    @router.get("/cells")
    @documented(answer(CellList, "The cells of the box in which somebody is."))
    def list_dispatch_cells(
        bbox: Annotated[
            str, Query(max_length=120, description="Part of the map: south,west,north,east, degrees.")
        ],
    ) -> Response:
        """Count the drivers in a part of the map by cells, 40 along its longer side, as one worker knows them."""
        return json_answer(
            {
                "is_synthetic": count.is_synthetic,
                "items": [
                    {
                        "south": cell.box.south,
                        "west": cell.box.west,
                        "north": cell.box.north,
                        "east": cell.box.east,
                        "idle": cell.idle,
                        "on_trip": cell.on_trip,
                    }
                    for cell in count(read_box(bbox))
                ],
            }
        )

    return router


def _board(board: Board) -> BoardAnswer:
    rides, drivers = board.rides, board.drivers
    minutes = [_minute(minute) for minute in rides.minutes]
    counts, states = drivers.by_status, rides.by_state
    return {
        "at": iso_utc(rides.at),
        "is_synthetic": board.is_synthetic,
        "requests": {
            "requested": states.get(RideState.REQUESTED, 0),
            "offered": states.get(RideState.OFFERED, 0),
            "accepted": states.get(RideState.ACCEPTED, 0),
            "picked_up": states.get(RideState.PICKED_UP, 0),
        },
        "waiting": [_waiting(rider, rides.at) for rider in rides.waiting],
        "minutes": minutes,
        "offers": {
            "made": sum(each["offered"] for each in minutes),
            "accepted": sum(each["accepted"] for each in minutes),
            "declined": sum(each["declined"] for each in minutes),
            "expired": sum(each["expired"] for each in minutes),
        },
        "drivers": {
            "idle": counts[DriverStatus.IDLE],
            "on_trip": counts[DriverStatus.ON_TRIP],
            "offline": counts[DriverStatus.OFFLINE],
            "stale": drivers.stale,
            "total": drivers.total,
        },
        "positions": {
            "median_age_s": _rounded(drivers.median_age_s),
            "p95_age_s": _rounded(drivers.p95_age_s),
            "newest_update_age_s": _rounded(drivers.newest_update_age_s),
            "behind": drivers.behind,
            "is_catching_up": drivers.is_catching_up,
        },
        "places": [
            {"name": box.name, "south": box.south, "west": box.west, "north": box.north, "east": box.east}
            for box in drivers.places
        ],
    }


def _minute(minute: Minute) -> MinuteAnswer:
    count = minute.counts.get
    return {
        "begins_at": iso_utc(minute.begins_at),
        "requested": count(Happening.REQUESTED, 0),
        "offered": count(Happening.OFFERED, 0),
        "accepted": count(Happening.ACCEPTED, 0),
        "declined": count(Happening.DECLINED, 0),
        "expired": count(Happening.EXPIRED, 0),
        "picked_up": count(Happening.PICKED_UP, 0),
        "completed": count(Happening.COMPLETED, 0),
        "cancelled_by_rider": count(Happening.CANCELLED_BY_RIDER, 0),
        "cancelled_by_driver": count(Happening.CANCELLED_BY_DRIVER, 0),
        "unserved": count(Happening.UNSERVED, 0),
        "abandoned": count(Happening.ABANDONED, 0),
    }


def _waiting(rider: WaitingRider, at: datetime) -> WaitingRiderAnswer:
    return {
        "request_id": rider.request_id,
        "rider_id": rider.rider_id,
        "state": rider.state,
        "driver_id": rider.driver_id,
        "requested_at": iso_utc(rider.requested_at),
        "waited_s": round(max(0.0, (at - rider.requested_at).total_seconds()), 1),
        "latitude": None if rider.place is None else rider.place.latitude,
        "longitude": None if rider.place is None else rider.place.longitude,
    }


def _listed(ride: ListedRide) -> ListedRideAnswer:
    return {
        "request_id": ride.request_id,
        "rider_id": ride.rider_id,
        "state": ride.state,
        "version": ride.version,
        "driver_id": ride.driver_id,
        "expires_at": None if ride.expires_at is None else iso_utc(ride.expires_at),
        "requested_at": iso_utc(ride.requested_at),
        "changed_at": iso_utc(ride.changed_at),
    }


def _cursor(ride: ListedRide) -> str:
    return f"{round(ride.changed_at.timestamp() * 1e6)}.{ride.request_id}"


def _read_cursor(text: str | None) -> RideCursor | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or "\x00" in text:
        detail = "It must be `next` of the page before."
        raise ContractError([FieldError("dispatch.bad_cursor", detail, "/query/cursor")])
    return RideCursor(datetime.fromtimestamp(int(match[1]) / 1e6, UTC), match[2])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

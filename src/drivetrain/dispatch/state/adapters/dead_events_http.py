"""The route that shows dead events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.state.application.ports import DeadEvent, DeadEvents
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

_reads = Needs(DISPATCH_READ.name)


class DeadEventAnswer(TypedDict):
    """An event that cannot be read: where it stands in the log, the reason, and the first 4,096 bytes of it."""

    id: int
    topic: str
    partition: int
    offset: int
    appended_at: str
    key: str
    code: str
    pointer: str
    body: str


class DeadEventList(TypedDict):
    """Dead events, the newest first, and how many there are in all."""

    items: list[DeadEventAnswer]
    total: int


_EXAMPLE: DeadEventList = {
    "items": [
        {
            "id": 3,
            "topic": "dispatch.drivers",
            "partition": 5,
            "offset": 81_234,
            "appended_at": "2026-05-01T09:30:00Z",
            "key": "driver_7",
            "code": "dispatch.bad_field",
            "pointer": "/latitude",
            "body": '{"driver_id": "driver_7", "latitude": "north"}',
        }
    ],
    "total": 1,
}


def dead_event_routes(dead: DeadEvents) -> APIRouter:
    """``GET /dispatch/dead-events``."""
    router = APIRouter(prefix="/dispatch", tags=["dispatch"])

    @router.get("/dead-events", dependencies=[Depends(_reads)])
    @documented(answer(DeadEventList, "Events that were set aside.", example=_EXAMPLE))
    def list_dead_events(
        limit: Annotated[int, Query(ge=1, le=1_000, description="Most events listed.")] = 100,
        before: Annotated[
            int | None, Query(ge=1, lt=2**63, description="Only those with a smaller `id`, to page on.")
        ] = None,
    ) -> Response:
        """List the events of the log that cannot be read, with the reason."""
        page = dead.newest(limit, before=before)
        return json_answer({"items": [_answer(event) for event in page.events], "total": page.total})

    return router


def _answer(event: DeadEvent) -> DeadEventAnswer:
    return {
        "id": event.id,
        "topic": event.topic,
        "partition": event.partition,
        "offset": event.offset,
        "appended_at": iso_utc(event.appended_at),
        "key": event.key,
        "code": event.code,
        "pointer": event.pointer,
        "body": event.body.decode(errors="replace"),
    }

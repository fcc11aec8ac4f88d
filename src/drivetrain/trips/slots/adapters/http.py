"""``GET /trips/status``: the last slots of the scheduled scoring, the next one, and the proof of a window."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.core.access import PlatformScope
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import LONGEST_INSTANT, parse_instant
from drivetrain.trips.slots.adapters.answers import EXAMPLE, SlotStatusAnswer, status_answer
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.status import ReadSlotStatus
from drivetrain.trips.slots.domain.slots import SlotGrid

MOST_SLOTS = 300
"""In one answer: a day of five minutes, and the hour that autumn repeats."""

MOST_AT_ONCE = 2
"""Windows that one worker has proved at a time: each may keep a connection busy for half a minute, and keys are revoked
over the same ones."""

_PATIENCE_S = 10.0


def slot_routes(ports: ServingPorts, every_min: int) -> APIRouter:
    """Routes of the scheduled scoring under ``/trips``.

    Args:
        every_min: length of a slot, minutes.
    """
    router = APIRouter(prefix="/trips", tags=["trips"])
    reader, grid = PostgresSlotReader(ports.engine), SlotGrid(every_min)
    read_status = ReadSlotStatus(reader, grid, ReconcileWindow(reader, grid))
    limit = ConcurrencyLimit(MOST_AT_ONCE, patience_s=_PATIENCE_S)

    @router.get(
        "/status",
        dependencies=[Depends(Needs(PlatformScope.METRICS_READ))],
    )
    @documented(
        answer(
            SlotStatusAnswer,
            "Youngest slot first; rides of the window counted against its slots.",
            example=EXAMPLE,
        ),
        problems=[429],
    )
    def show_scoring_status(
        last: Annotated[int, Query(ge=1, le=MOST_SLOTS, description="How many slots to show.")] = 12,
        begin: Annotated[
            str | None, Query(alias="from", max_length=LONGEST_INSTANT, description="Window to prove.")
        ] = None,
        end: Annotated[
            str | None, Query(alias="to", max_length=LONGEST_INSTANT, description="Its end, excluded.")
        ] = None,
    ) -> Response:
        """Show the last slots, the next one, the active scorers, and the proof that each ride was written once."""
        window = _window(begin, end)
        with limit.acquire("Other windows are being verified; retry later.") if window else nullcontext():
            return json_answer(status_answer(read_status(last, window), grid))

    return router


def _window(begin: str | None, end: str | None) -> tuple[datetime, datetime] | None:
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        raise InvalidInputError("`from` and `to` belong together.", code="input.missing_field")
    return parse_instant(begin, "/query/from"), parse_instant(end, "/query/to")

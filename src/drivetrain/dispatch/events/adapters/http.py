"""The route that takes events in."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.arrival import whole_body
from drivetrain.adapters.http.bodies import as_list, json_answer, read_json, too_many_rows
from drivetrain.adapters.http.openapi import JSON, Content, answer, documented
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.core.access import PlatformScope
from drivetrain.core.errors import MAX_FIELD_ERRORS, ContractError, FieldError
from drivetrain.dispatch.events.adapters import examples
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.adapters.metrics import EventMetrics
from drivetrain.dispatch.events.adapters.schemas import EVENTS, EventsTaken
from drivetrain.dispatch.events.application.ingest_events import IngestEvents, Ingestion

NDJSON = "application/x-ndjson"
_LINES = frozenset({NDJSON, "application/ndjson", "application/jsonl"})

_writes = Needs(PlatformScope.EVENTS_WRITE)


def event_routes(ingest: IngestEvents, limits: BodyLimits, metrics: EventMetrics) -> APIRouter:
    """``POST /dispatch/events``."""
    router = APIRouter(prefix="/dispatch", tags=["dispatch"])

    @router.post("/events", dependencies=[Depends(_writes)])
    @documented(
        answer(EventsTaken, "The accepted events are durable.", example=examples.TAKEN),
        body={
            JSON: Content(EVENTS, examples.EVENTS),
            NDJSON: Content({"type": "string", "description": "One event a line."}),
        },
    )
    async def add_dispatch_events(request: Request) -> Response:
        """Report positions of drivers and requests of riders; good ones are kept, each of the others gets its reason."""
        rows, numbers = await _rows(request, limits)
        ingestion = await ingest(rows)
        metrics.taken(ingestion)
        if len(ingestion.refused) == len(rows):
            raise ContractError(
                [_in_list(number, error) for number, error in _first(ingestion, numbers)],
                subject="The list",
                count=len(ingestion.refused),
            )
        return json_answer(_answer(ingestion, numbers))

    return router


async def _rows(request: Request, limits: BodyLimits) -> tuple[Sequence[object], Sequence[int]]:
    """The decoded events of a body, and the number of each row or line; in place of a line that is no JSON stands why."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared in _LINES:
        return await run_in_threadpool(
            _lines, await whole_body(request, limits.batch_bytes), limits.list_rows
        )
    body = await read_json(request, limit=limits.batch_bytes)
    rows = [body] if isinstance(body, dict) else as_list(body, limits.list_rows)
    return rows, range(1, len(rows) + 1)


def _lines(body: bytes, most: int) -> tuple[list[object], list[int]]:
    """The events of the lines that are not blank, and the number of each line.

    Raises:
        InvalidInputError: all lines are blank.
        TooLargeError: there are more than ``most``, or more than twice as many with the blank ones.
    """
    if body.count(b"\n") > 2 * most:  # before millions of lines are made; blank lines between all are well
        raise too_many_rows(most)
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    as_list(lines, most)
    return [decode_event(line) for _, line in lines], [number for number, _ in lines]


def _first(ingestion: Ingestion, numbers: Sequence[int]) -> list[tuple[int, FieldError]]:
    refused = sorted(ingestion.refused.items())[:MAX_FIELD_ERRORS]
    return [(numbers[row - 1], error) for row, error in refused]


def _in_list(number: int, error: FieldError) -> FieldError:
    return FieldError(error.code, error.detail, f"/{number - 1}{error.pointer}")


def _answer(ingestion: Ingestion, numbers: Sequence[int]) -> dict[str, object]:
    return {
        "counts": {
            "accepted": ingestion.accepted,
            "repeated": ingestion.repeated,
            "refused": len(ingestion.refused),
        },
        "refused": [
            {"row": number, "errors": [error.as_dict()]} for number, error in _first(ingestion, numbers)
        ],
    }

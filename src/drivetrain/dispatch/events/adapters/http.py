"""The route that takes events in."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.arrival import whole_body
from drivetrain.adapters.http.bodies import as_list, json_answer, read_json
from drivetrain.adapters.http.openapi import JSON, Content, answer, documented
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.adapters.http.repeated_fields import has_all_fields, refuse_repeated_fields
from drivetrain.core.access import PlatformScope
from drivetrain.core.errors import MAX_FIELD_ERRORS, ContractError, FieldError
from drivetrain.dispatch.events.adapters import examples
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
        rows = await _rows(request, limits)
        ingestion = await ingest(rows)
        metrics.taken(ingestion)
        if len(ingestion.refused) == len(rows):
            raise ContractError(
                [_in_list(number, error) for number, error in _first(ingestion)],
                subject="The list",
                count=len(ingestion.refused),
            )
        return json_answer(_answer(ingestion))

    return router


async def _rows(request: Request, limits: BodyLimits) -> Sequence[object]:
    """The decoded events of a body; in place of a line that is no JSON stands why."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared in _LINES:
        lines = [
            line for line in (await whole_body(request, limits.batch_bytes)).splitlines() if line.strip()
        ]
        return await run_in_threadpool(_decoded, as_list(lines, limits.list_rows))
    body = await read_json(request, limit=limits.batch_bytes)
    return [body] if isinstance(body, dict) else as_list(body, limits.list_rows)


def _decoded(lines: Sequence[bytes]) -> list[object]:
    return [_event(line) for line in lines]


def _event(line: bytes) -> object:
    try:
        event: object = orjson.loads(line)
        if not has_all_fields(line, event):
            refuse_repeated_fields(line, event)
    except orjson.JSONDecodeError:
        return FieldError("dispatch.not_json", "The line is not JSON; NaN and Infinity are not either.")
    except ContractError as error:
        return error.errors[0]
    return event


def _first(ingestion: Ingestion) -> list[tuple[int, FieldError]]:
    return sorted(ingestion.refused.items())[:MAX_FIELD_ERRORS]


def _in_list(number: int, error: FieldError) -> FieldError:
    return FieldError(error.code, error.detail, f"/{number - 1}{error.pointer}")


def _answer(ingestion: Ingestion) -> dict[str, object]:
    return {
        "counts": {
            "accepted": ingestion.accepted,
            "repeated": ingestion.repeated,
            "refused": len(ingestion.refused),
        },
        "refused": [{"row": number, "errors": [error.as_dict()]} for number, error in _first(ingestion)],
    }

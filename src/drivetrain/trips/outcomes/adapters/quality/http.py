"""The HTTP routes of outcomes and quality: what trips really took, and how well that was predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import as_list, json_answer, read_json
from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.adapters.http.openapi import Answer, Component, Content, answer, body, documented, upload_of
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.tables import Sheet, UploadedTable, admitted_table
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import (
    DrivetrainError,
)
from drivetrain.core.time import LONGEST_INSTANT, parse_optional_instant
from drivetrain.lifecycle.serving.batches import CheckedUpload, Mode, check_list
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.outcomes.adapters.quality import examples
from drivetrain.trips.outcomes.adapters.quality.report import report
from drivetrain.trips.outcomes.adapters.quality.schemas import (
    QualityAnswer,
    RecordedTable,
    RecordedTrip,
    RecordedTrips,
    quality_answer,
)
from drivetrain.trips.outcomes.adapters.quality.store import PostgresQualityStore
from drivetrain.trips.outcomes.adapters.rows import (
    ENDED_EXAMPLE,
    EXAMPLE,
    TRIP_OUTCOMES,
    Place,
    RecordedRows,
    in_list,
    in_table,
    record_rows,
)
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.read_quality import Quality, ReadQuality, both_ends
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.domain.quality import By

MOST_AT_ONCE = 2
"""Windows that one worker has summed up at a time: each may keep the database busy for seconds."""

_PATIENCE_S = 10.0
_writes = Needs(PlatformScope.EVENTS_WRITE)
_reads = Needs(PlatformScope.METRICS_READ)

Instant = Annotated[
    str | None, Query(max_length=LONGEST_INSTANT, description="ISO 8601 instant with its zone.")
]
Synthetic = Annotated[bool, Query(description="True for generated durations; they are marked permanently.")]


def quality_routes(ports: ServingPorts) -> APIRouter:
    """Routes of outcomes and quality under ``/trips``."""
    router = APIRouter(prefix="/trips", tags=["trips quality"])
    _add_outcomes(router, ports, RecordOutcomes(PostgresOutcomeStore(ports.engine), ports.clock))
    _add_quality(router, ports, ReadQuality(PostgresQualityStore(ports.engine, MODEL_NAME), ports.clock))
    return router


def _add_outcomes(router: APIRouter, ports: ServingPorts, record: RecordOutcomes) -> None:
    def recorded(
        rows: CheckedUpload, mode: Mode, place: Place, subject: str, source: str, by: str, synthetic: bool
    ) -> RecordedRows:
        return record_rows(
            record, rows, mode, place, subject=subject, by=by, source=source, is_synthetic=synthetic
        )

    one = Component("TripOutcomeRequest", TRIP_OUTCOMES.schema())

    @router.post("/outcomes")
    @documented(
        answer(
            RecordedTrip | RecordedTrips,
            "One result for each outcome, in order; for one object its result alone.",
            example=examples.RECORDED,
        ),
        body=body(
            {"oneOf": [one, {"type": "array", "minItems": 1, "items": one}]}, example=[EXAMPLE, ENDED_EXAMPLE]
        ),
        problems=[409],
    )
    async def add_trip_outcomes(
        request: Request,
        mode: Mode = "atomic",
        synthetic: Synthetic = False,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Report actual durations of trips: one outcome or a list; repeating a report changes nothing."""
        given = await read_json(request, limit=ports.limits.batch_bytes)
        is_one = isinstance(given, dict)
        items = [given] if is_one else as_list(given, ports.limits.list_rows)

        def record_all() -> dict[str, object]:
            checked = check_list(TRIP_OUTCOMES, items)
            subject = "The body" if is_one else "The list"
            done = recorded(checked, mode, in_list, subject, "api", caller.subject, synthetic)
            results = list(done.results())
            return results[0] if is_one else {"results": results, "counts": done.counts}

        with _without_place(is_one):
            return json_answer(await run_in_threadpool(record_all))

    @router.post("/outcomes/file")
    @documented(
        answer(
            RecordedTable,
            "How many were recorded, and the first rows that were not.",
            example=examples.RECORDED_FILE,
        ),
        body=upload_of(TRIP_OUTCOMES.names),
        problems=[409, 429],
    )
    async def add_trip_outcomes_from_file(
        request: Request,
        mode: Mode = "atomic",
        synthetic: Synthetic = False,
        sheet: Sheet = None,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Report actual durations of trips as a table (CSV, XLSX, XLS)."""

        def record_table(upload: UploadedTable) -> dict[str, object]:
            rows = ports.tables.check(upload.path, TRIP_OUTCOMES, upload.parsed, sheet=sheet)
            done = recorded(rows, mode, in_table, "The table", "file", caller.subject, synthetic)
            return {
                "counts": done.counts,
                "failed_rows": done.failed_rows(),
                "ignored_columns": [],
                **rows.notes(),
            }

        async with admitted_table(request, ports.tables.line, limit=ports.limits.batch_bytes) as upload:
            return json_answer(await run_in_threadpool(record_table, upload))


def _add_quality(router: APIRouter, ports: ServingPorts, read: ReadQuality) -> None:
    limit = ConcurrencyLimit(MOST_AT_ONCE, patience_s=_PATIENCE_S)

    def asked(
        begin: str | None, end: str | None, by: Sequence[By], reference: tuple[str | None, str | None]
    ) -> Quality:
        window = [parse_optional_instant(begin, "/query/from"), parse_optional_instant(end, "/query/to")]
        compared = both_ends(
            parse_optional_instant(reference[0], "/query/reference_from"),
            parse_optional_instant(reference[1], "/query/reference_to"),
            "/query/reference_from",
        )
        with limit.acquire("Other windows are being summed up; ask again."):
            return read(*window, by=by, reference=compared)

    @router.get(
        "/quality",
        dependencies=[Depends(_reads)],
    )
    @documented(
        answer(
            QualityAnswer,
            "Metrics of the window and of each group, and the drift of inputs.",
            example=examples.QUALITY,
        ),
        problems=[429],
    )
    def show_trip_quality(
        begin: Annotated[Instant, Query(alias="from")] = None,
        end: Annotated[Instant, Query(alias="to")] = None,
        by: By = By.DAY,
        reference_from: Instant = None,
        reference_to: Instant = None,
    ) -> Response:
        """Show error, bias and coverage of predicted durations compared with a simple baseline, and input drift."""
        return json_answer(quality_answer(asked(begin, end, (by,), (reference_from, reference_to)), by))

    @router.get(
        "/quality/report",
        dependencies=[Depends(_reads)],
        response_class=HTMLResponse,
    )
    @documented(Answer("A page.", {"text/html": Content({"type": "string"})}), problems=[429])
    def show_trip_quality_report(
        begin: Annotated[Instant, Query(alias="from")] = None,
        end: Annotated[Instant, Query(alias="to")] = None,
        reference_from: Instant = None,
        reference_to: Instant = None,
    ) -> Response:
        """Show the same as one page with charts and tables, by day, hour, area and age of the model."""
        found = asked(begin, end, tuple(By), (reference_from, reference_to))
        return HTMLResponse(report(found, ports.clock.now()))


@contextmanager
def _without_place(is_one: bool) -> Iterator[None]:
    """Errors of a single object name its fields, not its place in a list."""
    try:
        yield
    except DrivetrainError as error:
        if is_one:
            error.errors = tuple(
                replace(each, pointer=each.pointer.removeprefix("/0")) for each in error.errors
            )
        raise

"""``GET /decisions``: the ledger by time, product, model, version and caller, as pages of JSON or as CSV."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.adapters.http.openapi import JSON, Answer, Content, documented
from drivetrain.adapters.http.tables import wanted_type
from drivetrain.core.access import PlatformScope
from drivetrain.core.time import LONGEST_INSTANT, Clock, parse_optional_instant
from drivetrain.lifecycle.serving.batches import CSV, WriteTable
from drivetrain.lifecycle.serving.decision_search import (
    LONGEST_WINDOW,
    DecisionFilter,
    DecisionSearch,
    ListedDecision,
    SearchWindow,
)

MOST_LISTED = 1_000
NEXT_HEADER = "X-Next"
"""Header of a CSV page with the cursor of the following one."""

_MOST_AT_ONCE = 2
"""A search may read a large part of the ledger; more of them would hold the connections of other requests."""
_PATIENCE_S = 5.0
_LONGEST_WORD = 200
_reads = Needs(PlatformScope.DECISIONS_READ)
CSV_COLUMNS = (
    *("decision_id", "decided_at", "product", "model", "version", "caller", "request_id"),
    *("latency_ms", "has_outcome", "answer", "input"),
)

Word = Annotated[str | None, Query(min_length=1, max_length=_LONGEST_WORD)]


class ListedDecisionAnswer(TypedDict):
    """A decision without the features: ``input`` and ``answer`` are those of its product."""

    decision_id: str
    decided_at: str
    product: str
    model: ModelVersionRef
    input: dict[str, object]
    answer: dict[str, object]
    latency_ms: float
    caller: str
    request_id: str
    has_outcome: bool


class DecisionList(TypedDict):
    """Decisions, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ListedDecisionAnswer]
    next: str | None


def decision_list_routes(search: DecisionSearch, clock: Clock, write_csv: WriteTable) -> APIRouter:
    """The route over many decisions."""
    router = APIRouter(prefix="/decisions", tags=["decisions"], dependencies=[Depends(_reads)])
    running = ConcurrencyLimit(_MOST_AT_ONCE, patience_s=_PATIENCE_S)

    @router.get("")
    @documented(
        Answer(
            "Decisions, newest first.",
            {JSON: Content(DecisionList), CSV: Content({"type": "string"})},
            headers={NEXT_HEADER: "Of CSV: the cursor of the following page; missing on the last."},
        ),
        problems=[429, 504],
    )
    def list_decisions(
        request: Request,
        product: Word = None,
        model: Word = None,
        version: Word = None,
        caller: Annotated[
            str | None,
            Query(
                min_length=1, max_length=_LONGEST_WORD, description="Name of a key, or `person:` and an id."
            ),
        ] = None,
        has_outcome: Annotated[
            bool | None, Query(description="Whether anything proved true of them later.")
        ] = None,
        begin: Annotated[
            str | None,
            Query(
                alias="from",
                max_length=LONGEST_INSTANT,
                description="ISO 8601 instant with its zone; a day before the end when left out.",
            ),
        ] = None,
        end: Annotated[
            str | None,
            Query(
                alias="to",
                max_length=LONGEST_INSTANT,
                description=f"ISO 8601 instant with its zone, excluded; now when left out. At most {LONGEST_WINDOW.days} "
                "days after `from`.",
            ),
        ] = None,
        cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="Most decisions of a page.")] = 50,
    ) -> Response:
        """List decisions of a window of time, newest first; `Accept: text/csv` for a table."""
        window = SearchWindow.of_request(
            parse_optional_instant(begin, "/query/from"),
            parse_optional_instant(end, "/query/to"),
            clock.now(),
        )
        wanted = DecisionFilter(window, product, model, version, caller, has_outcome)
        with running.acquire("Other searches are running; retry when they have finished."):
            decisions = search.newest(wanted, before=cursor, most=limit + 1)
        page = decisions[:limit]
        following = page[-1].decision_id if len(decisions) > limit else None
        if wanted_type(request.headers.get("accept", "")) == CSV:
            return _csv_page(page, following, write_csv)
        return json_answer({"items": [decision.as_dict() for decision in page], "next": following})

    return router


def _csv_page(page: Sequence[ListedDecision], following: str | None, write_csv: WriteTable) -> Response:
    file = io.BytesIO()
    write_csv(file, CSV_COLUMNS, (csv_cells(decision) for decision in page))
    headers = {"Content-Disposition": 'attachment; filename="decisions.csv"'}
    if following is not None:
        headers[NEXT_HEADER] = following
    return Response(file.getvalue(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def csv_cells(decision: ListedDecision) -> list[Any]:
    """One row of the table; what has fields of its own stands in it as JSON text."""
    plain = {**decision.as_dict(), **decision.model.as_dict(), "model": decision.model.name}
    cells = (plain[name] for name in CSV_COLUMNS)
    return [json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell for cell in cells]

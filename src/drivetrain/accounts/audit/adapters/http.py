"""``GET /audit``: the trail, newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.accounts.audit.adapters.lines import AuditLineAnswer, line_as_dict
from drivetrain.accounts.audit.application.ports import AuditFilter, AuditReader
from drivetrain.accounts.audit.domain.scopes import AUDIT_READ
from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.core.audit import AuditResult
from drivetrain.core.time import LONGEST_INSTANT, parse_optional_instant

_reads = Needs(AUDIT_READ.name)
_LONGEST_WORD = 200
_LARGEST_POSITION = 2**63 - 1
_MOST_LINES = 500


class AuditList(TypedDict):
    """Lines, newest first. ``next`` is the ``cursor`` of the following page; null on the last."""

    items: list[AuditLineAnswer]
    next: int | None


Word = Annotated[str | None, Query(min_length=1, max_length=_LONGEST_WORD)]
InstantQuery = Annotated[
    str | None, Query(max_length=LONGEST_INSTANT, description="An instant with its zone, ISO 8601.")
]


def audit_routes(reader: AuditReader) -> APIRouter:
    """The one route over the trail: it is written by what it tells of, and never changed."""
    router = APIRouter(prefix="/audit", tags=["audit"])

    @router.get("")
    @documented(answer(AuditList, "Lines, newest first."))
    def list_audit(
        caller: Annotated[Caller, Depends(_reads)],
        actor: Word = None,
        action: Annotated[
            str | None,
            Query(
                min_length=1,
                max_length=_LONGEST_WORD,
                description="An action, or the first word of several with a dot after it: `keys.`.",
            ),
        ] = None,
        object: Word = None,
        result: AuditResult | None = None,
        begin: InstantQuery = None,
        end: InstantQuery = None,
        cursor: Annotated[
            int | None, Query(ge=1, le=_LARGEST_POSITION, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST_LINES, description="Most lines of a page.")] = 100,
    ) -> Response:
        """List who changed rights, models and policies, newest first; a caller of a company sees its own matters."""
        wanted = AuditFilter(
            actor,
            action,
            object,
            result,
            company=caller.company,
            begin=parse_optional_instant(begin, "/begin"),
            end=parse_optional_instant(end, "/end"),
        )
        lines = reader.newest(wanted, before=cursor, most=limit + 1)
        page = lines[:limit]
        return json_answer(
            {
                "items": [line_as_dict(line) for line in page],
                "next": page[-1].position if len(lines) > limit else None,
            }
        )

    return router

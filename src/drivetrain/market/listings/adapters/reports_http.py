"""The routes of reports: what buyers say is wrong, and the moderators' desk."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller
from drivetrain.core.time import iso_utc
from drivetrain.market.listings.application.contract import plain_text
from drivetrain.market.listings.application.moderate_reports import ModerateReports
from drivetrain.market.listings.application.report_listing import ReportListing
from drivetrain.market.listings.domain.report import LONGEST_REMARK, Report, ReportReason, ReportState
from drivetrain.market.listings.domain.scopes import LISTINGS_MODERATE, LISTINGS_READ

MOST_REPORTS = 200
_reads = Needs(LISTINGS_READ.name)
_moderates = Needs(LISTINGS_MODERATE.name)


class ListingReportBody(StrictBody):
    """What is wrong with a listing."""

    reason: Literal["fraud", "not_as_described", "already_sold", "offensive", "other"] = Field(
        description="What is wrong."
    )
    remark: str | None = Field(default=None, max_length=LONGEST_REMARK, description="In words; plain text.")


class ReportDecisionBody(StrictBody):
    """What a moderator makes of a report."""

    decision: Literal["upheld", "dismissed"] = Field(
        description="An upheld report takes the listing off the market for good."
    )
    remark: str | None = Field(default=None, max_length=LONGEST_REMARK, description="Why; plain text.")


class ListingReportReceipt(TypedDict):
    """A report was taken."""

    report_id: str
    listing_id: str
    reason: ReportReason
    created_at: str


class ListingReportAnswer(ListingReportReceipt):
    """A report as moderators see it; the last three are null while it is open."""

    company_id: str
    reporter: str
    remark: str | None
    state: ReportState
    decided_by: str | None
    decided_at: str | None
    decision_remark: str | None


class ListingReportList(TypedDict):
    """Reports, oldest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ListingReportAnswer]
    next: str | None


def report_routes(report: ReportListing, moderate: ModerateReports) -> APIRouter:
    """Routes ``/market/listings/{listing_id}/reports`` and under ``/market/reports``."""
    router = APIRouter(prefix="/market", tags=["market"])

    @router.post("/listings/{listing_id}/reports", status_code=201)
    @documented(
        answer(ListingReportReceipt, "The report was taken.", status=201),
        body=body(ListingReportBody, example={"reason": "fraud", "remark": "Asks for a deposit by wire."}),
        problems=[404, 409, 429],
    )
    async def report_listing(
        listing_id: UUID, request: Request, caller: Caller = Depends(_reads)
    ) -> Response:
        """Report that something is wrong with a listing; once for each listing."""
        given = await read_model(request, ListingReportBody)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        taken = await run_in_threadpool(report, listing_id, ReportReason(given.reason), remark, caller)
        return json_answer(_receipt(taken), status=201)

    @router.get("/reports")
    @documented(answer(ListingReportList, "Reports, oldest first."))
    def list_reports(
        state: Annotated[ReportState | None, Query(description="Only those in this state.")] = None,
        cursor: Annotated[UUID | None, Query(description="The `next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_REPORTS)] = 50,
        caller: Caller = Depends(_moderates),
    ) -> Response:
        """List what people say is wrong with listings."""
        page = moderate.page(caller, state=state, after=cursor, most=limit)
        following = None if page.next is None else str(page.next)
        return json_answer({"items": [_as_dict(each) for each in page.items], "next": following})

    @router.post("/reports/{report_id}/decision")
    @documented(
        answer(ListingReportAnswer, "The report after it."),
        body=body(
            ReportDecisionBody, example={"decision": "upheld", "remark": "The photos are of another car."}
        ),
        problems=[404, 409],
    )
    async def decide_report(
        report_id: UUID, request: Request, caller: Caller = Depends(_moderates)
    ) -> Response:
        """Uphold a report, which takes the listing off the market for good, or dismiss it."""
        given = await read_model(request, ReportDecisionBody)
        remark = plain_text(given.remark, "remark", LONGEST_REMARK)
        state = ReportState(given.decision)
        return json_answer(
            _as_dict(await run_in_threadpool(moderate.decide, report_id, state, remark, caller))
        )

    return router


def _receipt(report: Report) -> dict[str, object]:
    return {
        "report_id": str(report.report_id),
        "listing_id": str(report.listing_id),
        "reason": report.reason,
        "created_at": iso_utc(report.created_at),
    }


def _as_dict(report: Report) -> dict[str, object]:
    return {
        **_receipt(report),
        "company_id": str(report.company),
        "reporter": report.reporter,
        "remark": report.remark,
        "state": report.state,
        "decided_by": report.decided_by,
        "decided_at": None if report.decided_at is None else iso_utc(report.decided_at),
        "decision_remark": report.decision_remark,
    }

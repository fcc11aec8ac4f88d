"""A report that something is wrong with a listing, and what a moderator makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.errors import ConflictError

LONGEST_REMARK = 1_000


class ReportReason(StrEnum):
    """What is wrong."""

    FRAUD = "fraud"
    NOT_AS_DESCRIBED = "not_as_described"
    ALREADY_SOLD = "already_sold"
    OFFENSIVE = "offensive"
    OTHER = "other"


class ReportState(StrEnum):
    """Where a report stands; the last two are its end."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says is wrong with a listing.

    Attributes:
        company: that the listing belongs to.
        reporter: as in ``Caller.subject``.
        remark: plain text; None for none.
        decided_by, decided_at, decision_remark: None while it is open.
    """

    report_id: UUID
    listing_id: UUID
    company: UUID
    reporter: str
    reason: ReportReason
    remark: str | None
    created_at: datetime
    state: ReportState = ReportState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_remark: str | None = None


def decided(report: Report, state: ReportState, remark: str | None, *, at: datetime, by: str) -> Report:
    """The report after a moderator's decision.

    Raises:
        ConflictError: ``market.report_decided``; somebody decided it before.
    """
    if report.state is not ReportState.OPEN:
        raise ConflictError(f"The report is {report.state} already.", code="market.report_decided")
    return replace(report, state=state, decided_by=by, decided_at=at, decision_remark=remark)

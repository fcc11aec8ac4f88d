"""What a person says is wrong with a conversation, and what a moderator makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.errors import ConflictError
from drivetrain.market.conversations.domain.conversation import Side

LONGEST_REMARK = 1_000


class ConversationReason(StrEnum):
    """What may be wrong with a conversation."""

    FRAUD = "fraud"
    OFFENSIVE = "offensive"
    SPAM = "spam"
    OTHER = "other"


class ConversationReportState(StrEnum):
    """Where a report stands; the last two are its ends."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """A report.

    Attributes:
        side: of the reporter.
        decided_at: None while it is open, as the two after it.
    """

    report_id: UUID
    conversation_id: UUID
    reporter: str
    side: Side
    reason: ConversationReason
    remark: str | None
    created_at: datetime
    state: ConversationReportState = ConversationReportState.OPEN
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision_remark: str | None = None


def decided(
    report: ConversationReport, state: ConversationReportState, remark: str | None, *, at: datetime, by: str
) -> ConversationReport:
    """The report, decided.

    Raises:
        ConflictError: ``market.report_decided``.
    """
    if report.state is not ConversationReportState.OPEN:
        raise ConflictError(f"The report is {report.state} already.", code="market.report_decided")
    return replace(report, state=state, decided_at=at, decided_by=by, decision_remark=remark)

"""Reporting conversations, and deciding what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.conversations.application.keep_conversations import KeepConversations
from drivetrain.market.conversations.application.ports import ConversationReportPage, ConversationReports
from drivetrain.market.conversations.domain.conversation import Message
from drivetrain.market.conversations.domain.report import (
    ConversationReason,
    ConversationReport,
    ConversationReportState,
    decided,
)

REPORTS = RateRule("market.conversation_reports", 20, 86_400)
MOST_SHOWN = 100
"""Messages of a reported conversation that a moderator sees."""


@dataclass(frozen=True, slots=True)
class ReportConversations:
    """Takes reports of those who take part, and lets moderators decide them."""

    keep: KeepConversations
    reports: ConversationReports
    limiter: RateLimiter
    clock: Clock

    def report(
        self, conversation_id: UUID, reason: ConversationReason, remark: str | None, caller: Caller
    ) -> ConversationReport:
        """Report a conversation; once for each caller. A moderator reads it from then on.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            ConflictError: ``market.already_reported``.
            TooManyRequestsError: more than anybody reports.
        """
        _, side = self.keep.find(conversation_id, caller)
        require_room(self.limiter, [(REPORTS, caller.subject)])
        report = ConversationReport(
            UUID(new_id()), conversation_id, caller.subject, side, reason, remark, self.clock.now()
        )
        self.reports.add(report)
        return report

    def page(
        self, caller: Caller, *, state: ConversationReportState | None, after: UUID | None, most: int
    ) -> ConversationReportPage:
        """Reports, oldest first.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
        """
        _require_platform(caller)
        return self.reports.page(state, after, most)

    def messages(self, report_id: UUID, caller: Caller) -> Sequence[Message]:
        """The latest messages of a reported conversation.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
            NotFoundError: ``market.unknown_report``.
        """
        _require_platform(caller)
        return self.reports.messages(report_id, MOST_SHOWN)

    def decide(
        self, report_id: UUID, state: ConversationReportState, remark: str | None, caller: Caller
    ) -> ConversationReport:
        """Uphold a report, which ends its conversation for good, or dismiss it.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
            NotFoundError: ``market.unknown_report``.
            ConflictError: ``market.report_decided``.
        """
        _require_platform(caller)
        now = self.clock.now()
        return self.reports.decide(
            report_id, lambda report: decided(report, state, remark, at=now, by=caller.subject)
        )


def _require_platform(caller: Caller) -> None:
    if caller.company is not None:
        raise NotAllowedError(
            "Reports are decided for the whole platform; act for no company.", code="market.acts_for_company"
        )

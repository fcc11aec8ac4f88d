"""Deciding what becomes of reported listings."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.ports import ReportPage, ReportStore
from drivetrain.market.listings.domain.listing import Listing, blocked
from drivetrain.market.listings.domain.report import Report, ReportState, decided


@dataclass(frozen=True, slots=True)
class ModerateReports:
    """A moderator's desk: reports of all companies, so nobody who acts for a company sits at it."""

    reports: ReportStore
    clock: Clock

    def page(self, caller: Caller, *, state: ReportState | None, after: UUID | None, most: int) -> ReportPage:
        """Reports, oldest first.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
        """
        _require_platform(caller)
        return self.reports.page(state, after, most)

    def decide(self, report_id: UUID, state: ReportState, remark: str | None, caller: Caller) -> Report:
        """Uphold a report, which takes its listing off the market for good, or dismiss it.

        Args:
            state: ``upheld`` or ``dismissed``.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
            NotFoundError: ``market.unknown_report``.
            ConflictError: ``market.report_decided``.
            UnavailableError: the database cannot be reached.
        """
        _require_platform(caller)
        now = self.clock.now()

        def block(listing: Listing) -> Listing:
            return blocked(listing, at=now, by=caller.subject)

        return self.reports.decide(
            report_id,
            lambda report: decided(report, state, remark, at=now, by=caller.subject),
            block if state is ReportState.UPHELD else None,
        )


def _require_platform(caller: Caller) -> None:
    if caller.company is not None:
        raise NotAllowedError(
            "Reports are decided for the whole platform; act for no company.", code="market.acts_for_company"
        )

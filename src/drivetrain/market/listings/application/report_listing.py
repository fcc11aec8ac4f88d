"""Reporting that something is wrong with a listing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.application.ports import ReportStore
from drivetrain.market.listings.domain.report import Report, ReportReason

REPORTS_A_DAY = RateRule("market.reports", hits=20, window_s=86_400)


@dataclass(frozen=True, slots=True)
class ReportListing:
    """Takes a report of whoever sees the listing, one of each."""

    listings: KeepListings
    reports: ReportStore
    limiter: RateLimiter
    clock: Clock

    def __call__(self, listing_id: UUID, reason: ReportReason, remark: str | None, caller: Caller) -> Report:
        """Report a listing.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.already_reported``; by the same caller.
            TooManyRequestsError: ``limits.too_many_requests``.
            UnavailableError: the database cannot be reached.
        """
        listing = self.listings.find(listing_id, caller)
        require_room(self.limiter, [(REPORTS_A_DAY, caller.subject)])
        report = Report(
            UUID(new_id()),
            listing_id,
            listing.owner.company,
            caller.subject,
            reason,
            remark,
            self.clock.now(),
        )
        self.reports.add(report)
        return report

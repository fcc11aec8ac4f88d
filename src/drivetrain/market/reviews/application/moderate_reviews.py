"""Reporting reviews, and deciding which are published."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.reviews.application.ports import ReviewQueue, ReviewStore
from drivetrain.market.reviews.domain.report import ReviewReport, ReviewReportReason
from drivetrain.market.reviews.domain.review import Rejection, Review, Ruling, ruled

REPORTS = RateRule("market.review_reports", 20, 86_400)


@dataclass(frozen=True, slots=True)
class ModerateReviews:
    """A moderator's desk: reviews of all companies, so nobody who acts for a company sits at it."""

    store: ReviewStore
    limiter: RateLimiter
    clock: Clock

    def report(
        self, review_id: UUID, reason: ReviewReportReason, remark: str | None, caller: Caller
    ) -> ReviewReport:
        """Say that something is wrong with a published review; once for each caller.

        Raises:
            NotFoundError: ``market.unknown_review``.
            ConflictError: ``market.already_reported``.
            TooManyRequestsError: more than anybody reports.
        """
        require_room(self.limiter, [(REPORTS, caller.subject)])
        report = ReviewReport(UUID(new_id()), review_id, caller.subject, reason, remark, self.clock.now())
        self.store.report(report)
        return report

    def queue(self, caller: Caller, *, after: UUID | None, most: int) -> ReviewQueue:
        """Reviews that are pending or reported, oldest first.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
        """
        _require_platform(caller)
        return self.store.queue(after, most)

    def decide(
        self, review_id: UUID, version: int, reason: Rejection | None, remark: str | None, caller: Caller
    ) -> Review:
        """Publish the version of a review that was read, or reject it; its reports are closed.

        Args:
            reason: why it is rejected; None to publish it.

        Raises:
            NotAllowedError: ``market.acts_for_company``.
            NotFoundError: ``market.unknown_review``.
            ConflictError: ``market.review_changed``.
        """
        _require_platform(caller)
        ruling = Ruling(self.clock.now(), caller.subject, reason, remark)
        return self.store.rule(review_id, lambda former: ruled(former, version, ruling))


def _require_platform(caller: Caller) -> None:
    if caller.company is not None:
        raise NotAllowedError(
            "Reviews are decided for the whole platform; act for no company.", code="market.acts_for_company"
        )

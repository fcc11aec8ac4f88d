"""Bodies and answers of reviews."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.access import Caller
from drivetrain.core.time import iso_utc
from drivetrain.market.reviews.application.ports import QueuedReview
from drivetrain.market.reviews.domain.rating import COVERAGE, FEWEST, Rating
from drivetrain.market.reviews.domain.report import ReviewReport
from drivetrain.market.reviews.domain.review import LONGEST_REMARK, LONGEST_TEXT, Review

_STARS = Field(ge=1, le=5, description="From 1, the worst, to 5.")
_TEXT = Field(max_length=LONGEST_TEXT, description="Plain text; lines may be broken.")
_REMARK = Field(default=None, max_length=LONGEST_REMARK, description="In words; plain text.")
_VERSION = Field(ge=1, lt=2**31, description="Of the review as it was read; another one is a conflict.")

Reason = Literal["offensive", "personal_data", "off_topic", "not_genuine", "other"]


class NewReviewBody(StrictBody):
    """What somebody says of a dealer, or of a car; one of the two is named."""

    company_id: UUID | None = Field(default=None, strict=False, description="The dealer that it is about.")
    listing_id: UUID | None = Field(default=None, strict=False, description="The car that it is about.")
    stars: int = _STARS
    text: str = _TEXT


class EditedReviewBody(StrictBody):
    """What somebody says now."""

    version: int = _VERSION
    stars: int = _STARS
    text: str = _TEXT


class ReviewAnswerBody(StrictBody):
    """What the dealer answers."""

    text: str = _TEXT


class ReviewReportBody(StrictBody):
    """What is wrong with a review."""

    reason: Reason = Field(description="What is wrong.")
    remark: str | None = _REMARK


class ReviewDecisionBody(StrictBody):
    """What a moderator makes of a review."""

    version: int = _VERSION
    decision: Literal["published", "rejected"] = Field(description="Whether everybody may read it.")
    reason: Reason | None = Field(default=None, description="Why it is rejected; only and always then.")
    remark: str | None = _REMARK


class DealerReply(TypedDict):
    """What the dealer answered."""

    text: str
    at: str


class ReviewAnswer(TypedDict):
    """A published review. ``changed_at`` is when its author last wrote; ``is_edited`` says whether that was an edit.

    ``listing_id`` is null for a review of the dealer, ``answer`` until the dealer answers.
    """

    review_id: str
    company_id: str
    listing_id: str | None
    stars: int
    text: str
    is_own: bool
    is_edited: bool
    version: int
    created_at: str
    changed_at: str
    answer: DealerReply | None


class ReviewVersionAnswer(TypedDict):
    """What the author wrote before."""

    stars: int
    text: str
    written_at: str


class OwnReviewAnswer(ReviewAnswer):
    """A review as its author sees it; ``rejection`` and ``remark`` are null for one that is not rejected.

    ``versions`` are all that was written, oldest first.
    """

    state: Literal["pending", "published", "rejected"]
    rejection: Reason | None
    remark: str | None
    versions: list[ReviewVersionAnswer]


class RatingAnswer(TypedDict):
    """What the reviews say together.

    ``counts`` are by stars, from 1 to 5. ``mean`` with ``low`` and ``high``, which hold it with the probability
    ``coverage``, are null where there are fewer than ``fewest`` reviews. The mean is Bayesian: it counts as if there were
    one review more of each number of stars.
    """

    reviews: int
    counts: list[int]
    mean: float | None
    low: float | None
    high: float | None
    coverage: float
    fewest: int


class ReviewList(TypedDict):
    """Published reviews, newest first, and their rating; ``next`` is the cursor of the following page."""

    rating: RatingAnswer
    items: list[ReviewAnswer]
    next: str | None


class OwnReviewList(TypedDict):
    """The caller's reviews, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[OwnReviewAnswer]
    next: str | None


class ReviewReportAnswer(TypedDict):
    """A report that is open."""

    report_id: str
    reason: Reason
    remark: str | None
    created_at: str


class ReviewReportReceipt(TypedDict):
    """A report was taken."""

    report_id: str
    review_id: str
    reason: Reason
    created_at: str


class QueuedReviewAnswer(OwnReviewAnswer):
    """A review that is pending or reported."""

    reports: list[ReviewReportAnswer]


class ReviewQueueAnswer(TypedDict):
    """What moderators have to read, oldest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[QueuedReviewAnswer]
    next: str | None


def review_as_dict(review: Review, caller: Caller) -> dict[str, object]:
    """A published review."""
    answer = review.answer
    return {
        "review_id": str(review.review_id),
        "company_id": str(review.company),
        "listing_id": None if review.listing is None else str(review.listing),
        "stars": review.latest.stars,
        "text": review.latest.text,
        "is_own": caller.person == review.author,
        "is_edited": review.version > 1,
        "version": review.version,
        "created_at": iso_utc(review.versions[0].written_at),
        "changed_at": iso_utc(review.latest.written_at),
        "answer": None if answer is None else {"text": answer.text, "at": iso_utc(answer.at)},
    }


def own_review_as_dict(review: Review, caller: Caller) -> dict[str, object]:
    """A review with its state and its history."""
    ruling = review.ruling
    return {
        **review_as_dict(review, caller),
        "state": review.state,
        "rejection": None if ruling is None else ruling.reason,
        "remark": None if ruling is None else ruling.remark,
        "versions": [
            {"stars": each.stars, "text": each.text, "written_at": iso_utc(each.written_at)}
            for each in review.versions
        ],
    }


def queued_as_dict(queued: QueuedReview, caller: Caller) -> dict[str, object]:
    """A review with its open reports."""
    reports = [
        {
            "report_id": str(each.report_id),
            "reason": each.reason,
            "remark": each.remark,
            "created_at": iso_utc(each.created_at),
        }
        for each in queued.reports
    ]
    return {**own_review_as_dict(queued.review, caller), "reports": reports}


def report_as_dict(report: ReviewReport) -> dict[str, object]:
    """A report as its reporter sees it."""
    return {
        "report_id": str(report.report_id),
        "review_id": str(report.review_id),
        "reason": report.reason,
        "created_at": iso_utc(report.created_at),
    }


def rating_as_dict(rating: Rating) -> dict[str, object]:
    """What the reviews say together."""
    return {
        "reviews": rating.reviews,
        "counts": [rating.counts[stars] for stars in sorted(rating.counts)],
        "mean": None if rating.mean is None else round(rating.mean, 2),
        "low": None if rating.low is None else round(rating.low, 2),
        "high": None if rating.high is None else round(rating.high, 2),
        "coverage": COVERAGE,
        "fewest": FEWEST,
    }

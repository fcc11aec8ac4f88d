"""A review: of a dealer, or of a car of theirs, from its writing to its publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.errors import ConflictError

LONGEST_TEXT = 4_000
LONGEST_REMARK = 1_000


class ReviewState(StrEnum):
    """Where a review stands. Everybody sees published ones, its author and moderators see all."""

    PENDING = "pending"
    PUBLISHED = "published"
    REJECTED = "rejected"


class Rejection(StrEnum):
    """Why a review is not published."""

    OFFENSIVE = "offensive"
    PERSONAL_DATA = "personal_data"
    OFF_TOPIC = "off_topic"
    NOT_GENUINE = "not_genuine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReviewVersion:
    """What an author wrote, and when."""

    stars: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class DealerAnswer:
    """What the dealer answers; once."""

    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a moderator made of a version.

    Attributes:
        reason: why it was rejected; None for a published one.
        remark: in words; None for none.
    """

    at: datetime
    by: str
    reason: Rejection | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A review.

    Attributes:
        listing: the car that it is about; None for a review of the dealer.
        versions: all that its author wrote, oldest first; never empty.
        ruling: on the last version; None while it is pending.
    """

    review_id: UUID
    author: UUID
    company: UUID
    listing: UUID | None
    versions: Sequence[ReviewVersion]
    state: ReviewState = ReviewState.PENDING
    ruling: Ruling | None = None
    answer: DealerAnswer | None = None

    @property
    def version(self) -> int:
        """Counts up with every edit, from 1."""
        return len(self.versions)

    @property
    def latest(self) -> ReviewVersion:
        """What the author says now."""
        return self.versions[-1]


def edited(review: Review, version: int, stars: int, text: str, *, at: datetime) -> Review:
    """The review with other words, which a moderator has to read again.

    Raises:
        ConflictError: ``market.review_changed``.
    """
    _require_version(review, version)
    versions = (*review.versions, ReviewVersion(stars, text, at))
    return replace(review, versions=versions, state=ReviewState.PENDING, ruling=None)


def ruled(review: Review, version: int, ruling: Ruling) -> Review:
    """The review, published or rejected; a moderator may come to another end later.

    Raises:
        ConflictError: ``market.review_changed``; its author wrote something else meanwhile.
    """
    _require_version(review, version)
    state = ReviewState.PUBLISHED if ruling.reason is None else ReviewState.REJECTED
    return replace(review, state=state, ruling=ruling)


def answered(review: Review, answer: DealerAnswer) -> Review:
    """The review with the dealer's answer.

    Raises:
        ConflictError: ``market.review_answered``, ``market.review_not_published``.
    """
    if review.answer is not None:
        raise ConflictError("The review is answered already.", code="market.review_answered")
    if review.state is not ReviewState.PUBLISHED:
        raise ConflictError("Only published reviews are answered.", code="market.review_not_published")
    return replace(review, answer=answer)


def _require_version(review: Review, version: int) -> None:
    if review.version != version:
        raise ConflictError(
            f"The review is at version {review.version}, not {version}: its author changed it meanwhile.",
            code="market.review_changed",
        )

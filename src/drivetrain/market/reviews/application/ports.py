"""What the use cases of reviews need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from drivetrain.market.reviews.domain.rating import Rating
from drivetrain.market.reviews.domain.report import ReviewReport
from drivetrain.market.reviews.domain.review import Review


@dataclass(frozen=True, slots=True)
class About:
    """What reviews are about: a dealer, or one car of theirs where a listing is named."""

    company: UUID | None = None
    listing: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Reviews; ``next`` is the id of the last one where more follow."""

    items: Sequence[Review]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class QueuedReview:
    """A review that a moderator has to read.

    Attributes:
        reports: that are open; empty for one that is new or edited.
    """

    review: Review
    reports: Sequence[ReviewReport]


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Reviews that moderators have to read, oldest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[QueuedReview]
    next: UUID | None


class Contacts(Protocol):
    """Who had contact with whom. Blocking; every method raises UnavailableError while nobody knows."""

    def with_company(self, person: UUID, company: UUID) -> bool:
        """Whether a person has written to a dealer."""
        ...

    def about_listing(self, person: UUID, listing: UUID) -> UUID | None:
        """The dealer to whom a person has written about a car; None where they have not."""
        ...


class ReviewStore(Protocol):
    """Where reviews are kept. Blocking; every method raises UnavailableError where they cannot be reached.

    What is out of reach is not found (``market.unknown_review``), exactly like what does not exist.
    """

    def add(self, review: Review) -> None:
        """Store a new review.

        Raises:
            ConflictError: ``market.already_reviewed``; its author has reviewed the same dealer, or car.
        """
        ...

    def change(
        self,
        review_id: UUID,
        change: Callable[[Review], Review],
        *,
        author: UUID | None = None,
        company: UUID | None = None,
    ) -> Review:
        """Change a review of an author or about a company, which nobody else changes meanwhile.

        Raises:
            NotFoundError: ``market.unknown_review``.
            Whatever ``change`` raises; nothing is stored then.
        """
        ...

    def rule(self, review_id: UUID, change: Callable[[Review], Review]) -> Review:
        """Change any review by a moderator's ruling, and close its reports, in one transaction.

        Raises:
            NotFoundError: ``market.unknown_review``.
            Whatever ``change`` raises; nothing is stored then.
        """
        ...

    def remove(self, review_id: UUID, author: UUID) -> None:
        """Delete a review of an author.

        Raises:
            NotFoundError: ``market.unknown_review``.
        """
        ...

    def published(self, about: About, before: UUID | None, most: int) -> ReviewPage:
        """Published reviews, newest first."""
        ...

    def rating(self, about: About) -> Rating:
        """What the published reviews say."""
        ...

    def own(self, author: UUID, before: UUID | None, most: int) -> ReviewPage:
        """Reviews of an author in every state, newest first."""
        ...

    def queue(self, after: UUID | None, most: int) -> ReviewQueue:
        """What moderators have to read, oldest first."""
        ...

    def report(self, report: ReviewReport) -> None:
        """Store a report of a published review.

        Raises:
            NotFoundError: ``market.unknown_review``.
            ConflictError: ``market.already_reported``.
        """
        ...

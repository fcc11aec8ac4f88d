"""Reading what people say of a dealer or a car."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.errors import InvalidInputError
from drivetrain.market.reviews.application.ports import About, ReviewPage, ReviewStore
from drivetrain.market.reviews.domain.rating import Rating


@dataclass(frozen=True, slots=True)
class ReadReviews:
    """Published reviews with what they say together."""

    store: ReviewStore

    def __call__(self, about: About, *, before: UUID | None, most: int) -> tuple[Rating, ReviewPage]:
        """The rating of a dealer, or of a car, and a page of its reviews, newest first.

        Raises:
            InvalidInputError: ``market.review_subject``; not one of company and listing is named.
        """
        one_of_two(about)
        return self.store.rating(about), self.store.published(about, before, most)


def one_of_two(about: About) -> About:
    """What reviews are about, where one thing is named.

    Raises:
        InvalidInputError: ``market.review_subject``.
    """
    if (about.company is None) == (about.listing is None):
        raise InvalidInputError("Name a company or a listing, and not both.", code="market.review_subject")
    return about

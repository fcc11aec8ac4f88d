"""Reviewing a dealer or a car after a contact, and answering as the dealer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.listings.domain.listing import owner_of
from drivetrain.market.reviews.application.ports import About, Contacts, ReviewPage, ReviewStore
from drivetrain.market.reviews.domain.review import (
    DealerAnswer,
    Review,
    ReviewVersion,
    answered,
    edited,
)

WRITTEN = RateRule("market.reviews", 20, 86_400)
"""Reviews, edits included, that one caller writes a day."""


@dataclass(frozen=True, slots=True)
class WriteReviews:
    """What authors and dealers do with reviews."""

    store: ReviewStore
    contacts: Contacts
    limiter: RateLimiter
    clock: Clock

    def write(self, about: About, stars: int, text: str, caller: Caller) -> Review:
        """Review a dealer, or a car; once each. A moderator reads it before anybody else does.

        Raises:
            NotAllowedError: ``market.no_person``, ``market.no_contact``, ``market.own_company``.
            ConflictError: ``market.already_reviewed``.
            TooManyRequestsError: more than anybody writes.
        """
        author = author_of(caller)
        company = self._company(about, author)
        if company == caller.company:
            raise NotAllowedError("Nobody reviews their own company.", code="market.own_company")
        require_room(self.limiter, [(WRITTEN, caller.subject)])
        version = ReviewVersion(stars, text, self.clock.now())
        review = Review(UUID(new_id()), author, company, about.listing, (version,))
        self.store.add(review)
        return review

    def edit(self, review_id: UUID, version: int, stars: int, text: str, caller: Caller) -> Review:
        """Say something else, which a moderator reads again; what was said before is kept for them.

        Raises:
            NotAllowedError: ``market.no_person``.
            NotFoundError: ``market.unknown_review``.
            ConflictError: ``market.review_changed``.
            TooManyRequestsError: more than anybody writes.
        """
        author, now = author_of(caller), self.clock.now()
        require_room(self.limiter, [(WRITTEN, caller.subject)])
        return self.store.change(
            review_id, lambda former: edited(former, version, stars, text, at=now), author=author
        )

    def remove(self, review_id: UUID, caller: Caller) -> None:
        """Delete an own review, with all its versions.

        Raises:
            NotAllowedError: ``market.no_person``.
            NotFoundError: ``market.unknown_review``.
        """
        self.store.remove(review_id, author_of(caller))

    def answer(self, review_id: UUID, text: str, caller: Caller) -> Review:
        """Answer a published review of the caller's company, once.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.unknown_review``.
            ConflictError: ``market.review_answered``, ``market.review_not_published``.
        """
        answer = DealerAnswer(text, self.clock.now(), caller.subject)
        company = owner_of(caller).company
        return self.store.change(review_id, lambda former: answered(former, answer), company=company)

    def own(self, caller: Caller, *, before: UUID | None, most: int) -> ReviewPage:
        """The caller's reviews in every state, newest first.

        Raises:
            NotAllowedError: ``market.no_person``.
        """
        return self.store.own(author_of(caller), before, most)

    def _company(self, about: About, author: UUID) -> UUID:
        """The dealer that a review is about, with whom its author had contact."""
        if about.listing is not None:
            company = self.contacts.about_listing(author, about.listing)
        elif about.company is not None and self.contacts.with_company(author, about.company):
            company = about.company
        else:
            company = None
        if company is None:
            raise NotAllowedError(
                "Whoever reviews a dealer or a car has written to them before.", code="market.no_contact"
            )
        return company


def author_of(caller: Caller) -> UUID:
    """The person who writes.

    Raises:
        NotAllowedError: ``market.no_person``; a key is nobody's.
    """
    if caller.person is None:
        raise NotAllowedError("Reviews are written by people; this key is nobody's.", code="market.no_person")
    return caller.person

"""A listing: a car with its price, its owner and its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.market.listings.domain.car import Car
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.valuation import Valuation


class ListingState(StrEnum):
    """Where a listing stands. ``sold`` is its end."""

    DRAFT = "draft"
    LIVE = "live"
    RESERVED = "reserved"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


SHOWN = frozenset({ListingState.LIVE, ListingState.RESERVED, ListingState.SOLD})
"""States in which everybody may see a listing; in the others its owner alone does."""

FOLLOWING: Mapping[ListingState, frozenset[ListingState]] = {
    ListingState.DRAFT: frozenset({ListingState.LIVE, ListingState.WITHDRAWN}),
    ListingState.LIVE: frozenset({ListingState.RESERVED, ListingState.SOLD, ListingState.WITHDRAWN}),
    ListingState.RESERVED: frozenset({ListingState.LIVE, ListingState.SOLD, ListingState.WITHDRAWN}),
    ListingState.WITHDRAWN: frozenset({ListingState.LIVE}),
    ListingState.SOLD: frozenset(),
}
"""States that may follow each. A sold car that comes back is a new listing: its days on the market begin again."""


VALUE_PENDING = "market.value_pending"
"""A live listing that has changed is valued within seconds."""

NOT_ON_SALE = "market.not_on_sale"
"""Only live listings are valued."""


class Demonstration(StrEnum):
    """What a listing of demonstration stock shows: a row of a published table, or a car that is made up."""

    PUBLISHED = "published"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a listing is.

    Attributes:
        branch: of the company; None for all of it.
    """

    company: UUID
    branch: UUID | None = None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price and since when it is asked."""

    price: Money
    since: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A car on offer.

    Attributes:
        version: counts up with every change, from 1.
        live_at: when it went live first; None while it never did.
        prices: what was asked before and is now, oldest first; empty where they were not read.
        blocked_at: when a moderator took it off the market for good; None for a listing of good standing.
        valuation: of the car and price as they are; None where there is none, or it was not read.
        demonstration: of what it is one; None for a car that is for sale.
        refusal: why the car and price as they are cannot be valued, as a code; None where they can, or nobody tried yet.
        cover: the id of its first photo; None where there is none, or it was not read.
    """

    listing_id: UUID
    owner: Owner
    car: Car
    price: Money
    state: ListingState
    version: int
    created_at: datetime
    changed_at: datetime
    changed_by: str
    live_at: datetime | None = None
    prices: Sequence[PriceChange] = ()
    valuation: Valuation | None = None
    blocked_at: datetime | None = None
    refusal: str | None = None
    demonstration: Demonstration | None = None
    cover: str | None = None

    @property
    def not_valued(self) -> str | None:
        """Why there is no valuation, as a code; None where there is one."""
        if self.valuation is not None:
            return None
        if self.refusal is not None:
            return self.refusal
        return VALUE_PENDING if self.state is ListingState.LIVE else NOT_ON_SALE


def owner_of(caller: Caller) -> Owner:
    """Whose listings a caller keeps.

    Raises:
        NotAllowedError: ``market.no_company``; the credential acts for no company.
    """
    if caller.company is None:
        raise NotAllowedError("Listings belong to a company; act for one.", code="market.no_company")
    return Owner(caller.company, caller.branch)


def edited(listing: Listing, version: int, car: Car, price: Money, *, at: datetime, by: str) -> Listing:
    """The listing with another description or price.

    Raises:
        ConflictError: ``market.listing_changed``; somebody else changed it. ``market.listing_sold``.
    """
    require_version(listing, version)
    if listing.state is ListingState.SOLD:
        raise ConflictError("The car is sold; its listing stays as it was.", code="market.listing_sold")
    return replace(
        listing,
        car=car,
        price=price,
        valuation=None,
        refusal=None,
        version=version + 1,
        changed_at=at,
        changed_by=by,
    )


def moved(listing: Listing, version: int, state: ListingState, *, at: datetime, by: str) -> Listing:
    """The listing in another state.

    Raises:
        ConflictError: ``market.listing_changed``; somebody else changed it. ``market.state_not_possible``.
            ``market.listing_blocked``; a moderator took it off the market.
    """
    require_version(listing, version)
    if state not in FOLLOWING[listing.state]:
        possible = ", ".join(sorted(FOLLOWING[listing.state])) or "none"
        raise ConflictError(
            f"A listing that is {listing.state} cannot become {state}; possible: {possible}.",
            code="market.state_not_possible",
        )
    if state is ListingState.LIVE and listing.blocked_at is not None:
        raise ConflictError(
            "A moderator took this listing off the market after a report.", code="market.listing_blocked"
        )
    live_at = at if state is ListingState.LIVE and listing.live_at is None else listing.live_at
    return replace(listing, state=state, live_at=live_at, version=version + 1, changed_at=at, changed_by=by)


def blocked(listing: Listing, *, at: datetime, by: str) -> Listing:
    """The listing off the market for good; a sold one stays sold."""
    if listing.state is ListingState.SOLD:
        return listing
    return replace(
        listing,
        state=ListingState.WITHDRAWN,
        blocked_at=at,
        version=listing.version + 1,
        changed_at=at,
        changed_by=by,
    )


def require_version(listing: Listing, version: int) -> None:
    """Refuse a change that was made on another version than the present one.

    Raises:
        ConflictError: ``market.listing_changed``.
    """
    if listing.version != version:
        raise ConflictError(
            f"The listing is at version {listing.version}, not {version}: somebody changed it meanwhile.",
            code="market.listing_changed",
        )

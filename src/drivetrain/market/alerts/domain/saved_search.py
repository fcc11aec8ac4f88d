"""A search that a person keeps, what they want to be told of it, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.market.search.domain.query import SearchQuery

MOST_SEARCHES = 50
"""Of one person."""

LONGEST_NAME = 100
_DIGEST_HOUR = 6
"""UTC, of daily and weekly messages."""


class Notice(StrEnum):
    """What happens to a car that a search finds."""

    NEW_MATCH = "new_match"
    PRICE_DROP = "price_drop"
    BACK_ON_SALE = "back_on_sale"
    UNDER_RANGE = "under_range"


class Frequency(StrEnum):
    """How often a person wants to be told: at once, or all of a day or a week in one message."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"

    def due_at(self, now: datetime) -> datetime:
        """When what happens now is told: the next morning, or the morning of the next Monday."""
        if self is Frequency.INSTANT:
            return now
        morning = now.replace(hour=_DIGEST_HOUR, minute=0, second=0, microsecond=0)
        if morning <= now:
            morning += timedelta(days=1)
        days = -morning.weekday() % 7 if self is Frequency.WEEKLY else 0
        return morning + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class LeastDrop:
    """By how much a price must fall in one change to be told; None and None for any fall.

    Attributes:
        amount: in the currency of the search, > 0; a price that cannot be compared with it is not told.
        share: of the former price, in (0, 1].
    """

    amount: float | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        """Refuse two measures at once.

        Raises:
            ContractError: ``market.two_drops``.
        """
        if self.amount is not None and self.share is not None:
            detail = "Give the least fall of a price as an amount or as a share, not both."
            raise ContractError([FieldError("market.two_drops", detail, pointer="/drop_share")])


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search of one person, or one listing that they watch.

    Attributes:
        query: filters alone; None where a listing is watched.
        listing: that is watched; None where there are filters.
        notices: empty for a search that is only kept.
    """

    search_id: UUID
    person: UUID
    name: str
    query: SearchQuery | None
    listing: UUID | None
    notices: frozenset[Notice]
    least_drop: LeastDrop
    frequency: Frequency
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SearchWishes:
    """What a person says of a search that they keep.

    Attributes:
        address: parameters of a search as an address has them; empty where a listing is watched.
    """

    name: str
    address: str = ""
    listing: UUID | None = None
    notices: frozenset[Notice] = frozenset(Notice)
    least_drop: LeastDrop = field(default_factory=LeastDrop)
    frequency: Frequency = Frequency.DAILY

    def __post_init__(self) -> None:
        """Refuse what is neither a search nor a listing, or both.

        Raises:
            ContractError: ``market.search_or_listing``.
        """
        if bool(self.address) == (self.listing is not None):
            detail = "Give either the parameters of a search or the listing to watch."
            raise ContractError([FieldError("market.search_or_listing", detail, pointer="/search")])


def require_filters(query: SearchQuery) -> None:
    """Refuse a search that every car passes: it would be told of the whole market.

    Raises:
        ContractError: ``market.search_without_filter``.
    """
    has_radius = query.circle is not None and query.circle.radius_km is not None
    if not (query.words or query.ranges or query.equipment or has_radius):
        detail = "A search that is kept needs at least one filter."
        raise ContractError([FieldError("market.search_without_filter", detail, pointer="/search")])

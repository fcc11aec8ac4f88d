"""Bodies and answers of saved searches and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import iso_utc
from drivetrain.market.alerts.adapters.reading import LONGEST_ADDRESS
from drivetrain.market.alerts.application.ports import StoredAlert
from drivetrain.market.alerts.domain.saved_search import (
    LONGEST_NAME,
    Frequency,
    LeastDrop,
    Notice,
    SavedSearch,
    SearchWishes,
)
from drivetrain.market.listings.adapters.schemas import ListingAnswer, listing_as_dict
from drivetrain.market.listings.application.contract import plain_text
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.search.adapters.parameters import address_of

NoticeName = Literal["new_match", "price_drop", "back_on_sale", "under_range"]
_NOTICES: list[NoticeName] = ["new_match", "price_drop", "back_on_sale", "under_range"]


class SavedSearchBody(StrictBody):
    """A search to keep, or a listing to watch, and what is to be told of it."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="For oneself.")
    search: str | None = Field(
        default=None,
        max_length=LONGEST_ADDRESS,
        description="Parameters of `GET /market/search` as an address has them. A text `q` becomes filters; order and "
        "page are left out.",
    )
    listing_id: Annotated[UUID, Field(strict=False)] | None = Field(
        default=None, description="The listing to watch in place of a search."
    )
    notices: list[NoticeName] = Field(
        default=_NOTICES,
        max_length=len(Notice),
        description="What is told; none for a search that is only kept.",
    )
    drop_amount: float | None = Field(
        default=None, gt=0, le=1e12, description="Least fall of a price, in the currency of the search."
    )
    drop_share: float | None = Field(
        default=None, gt=0, le=1, description="Least fall of a price, as a share of the former one."
    )
    frequency: Literal["instant", "daily", "weekly"] = Field(
        default="daily", description="At once, or all of a day or a week in one message."
    )

    def wishes(self) -> SearchWishes:
        """What it says.

        Raises:
            ContractError: it names no search, or what it says does not go together.
        """
        name = plain_text(self.name, "name", LONGEST_NAME)
        if name is None:
            raise ContractError([FieldError("market.bad_name", "Give the search a name.", pointer="/name")])
        return SearchWishes(
            name,
            self.search or "",
            self.listing_id,
            frozenset(map(Notice, self.notices)),
            LeastDrop(self.drop_amount, self.drop_share),
            Frequency(self.frequency),
        )


class SavedSearchAnswer(TypedDict):
    """A search that is kept. ``search`` is null where ``listing_id`` is watched, and the other way round."""

    search_id: str
    name: str
    search: str | None
    listing_id: str | None
    notices: list[NoticeName]
    drop_amount: float | None
    drop_share: float | None
    frequency: Frequency
    created_at: str
    changed_at: str


class KeptSearchAnswer(SavedSearchAnswer):
    """A search that was just kept; ``unread`` are words of its text that mean nothing and filter nothing."""

    unread: list[str]


class SavedSearchList(TypedDict):
    """All of one's searches, oldest first; ``most`` is how many one may keep."""

    items: list[SavedSearchAnswer]
    most: int


class AlertAnswer(TypedDict):
    """Something that happened to a car of a search.

    ``price`` and ``former_price`` are those of the alert; the latter is null where the price did not fall. ``listing`` is
    the listing as it is now, null once it is off the market. ``seen_at`` is null until it was marked as seen.
    """

    alert_id: str
    search_id: str
    search_name: str
    listing_id: str
    notice: Notice
    price: float
    currency: str
    former_price: float | None
    created_at: str
    seen_at: str | None
    listing: ListingAnswer | None


class AlertList(TypedDict):
    """One's alerts, newest first; ``unseen`` counts all that were not seen, ``next`` is the cursor of the next page."""

    items: list[AlertAnswer]
    unseen: int
    next: str | None


class SeenCount(TypedDict):
    """How many alerts were marked as seen."""

    marked: int


def search_as_dict(search: SavedSearch) -> dict[str, object]:
    """A search as its person sees it."""
    return {
        "search_id": str(search.search_id),
        "name": search.name,
        "search": None if search.query is None else address_of(search.query),
        "listing_id": None if search.listing is None else str(search.listing),
        "notices": [each.value for each in Notice if each in search.notices],
        "drop_amount": search.least_drop.amount,
        "drop_share": search.least_drop.share,
        "frequency": search.frequency,
        "created_at": iso_utc(search.created_at),
        "changed_at": iso_utc(search.changed_at),
    }


def alert_as_dict(alert: StoredAlert, shown: Mapping[str, Listing], caller: Caller) -> dict[str, object]:
    """An alert as its person sees it."""
    listing, former = shown.get(alert.listing.hex), alert.former_price_minor
    return {
        "alert_id": str(alert.alert_id),
        "search_id": str(alert.search_id),
        "search_name": alert.search_name,
        "listing_id": str(alert.listing),
        "notice": alert.notice,
        "price": Money(alert.price_minor, alert.currency).amount,
        "currency": alert.currency,
        "former_price": None if former is None else Money(former, alert.currency).amount,
        "created_at": iso_utc(alert.created_at),
        "seen_at": None if alert.seen_at is None else iso_utc(alert.seen_at),
        "listing": None if listing is None else listing_as_dict(listing, caller),
    }

"""The events of listings: what search, alerts and insight go by."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from drivetrain.core.event_log import EventTopic
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.listings.domain.money import Money

LISTINGS = EventTopic("market.listings", 4)
"""Changes of listings, by listing."""


class ListingChange(NamedTuple):
    """What an event says of a listing: without its car, so that many of them are little.

    Attributes:
        former_state, former_price: None for a new listing.
    """

    listing_id: UUID
    version: int
    state: ListingState
    price: Money
    former_state: ListingState | None
    former_price: Money | None
    at: datetime

    @classmethod
    def of(cls, listing: Listing, former: Listing | None) -> ListingChange:
        """The change from one listing to another; ``former`` is None for a new one."""
        state, price = (None, None) if former is None else (former.state, former.price)
        return cls(
            listing.listing_id,
            listing.version,
            listing.state,
            listing.price,
            state,
            price,
            listing.changed_at,
        )

"""Which listings nobody looks after: neither changed by hand nor named by a feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists

from drivetrain.market.listings.adapters.notices import SellerNotices
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.adapters.tables import listings
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.stock.adapters.tables import stock_items, stock_sources


@dataclass(frozen=True, slots=True)
class UnconfirmedListings:
    """The port ``StaleListings``: a feed that names a car says that it is for sale still, also where its row is as it was."""

    listings: PostgresListings
    notices: SellerNotices

    def change_stale(self, before: datetime, most: int, change: Callable[[Listing], Listing]) -> int:
        """Change live listings that were neither changed nor named by a feed since an instant, and tell their sellers."""
        return self.listings.change_stale(
            before, most, change, unless=_is_confirmed_since(before), tell=self.notices.expired
        )


def _is_confirmed_since(instant: datetime) -> ColumnElement[bool]:
    is_in_stock = stock_items.c.listing_id == listings.c.listing_id
    is_fresh = stock_sources.c.confirmed_at >= instant
    return exists().where(
        is_in_stock,
        stock_items.c.is_gone.is_(False),
        stock_sources.c.source_id == stock_items.c.source_id,
        is_fresh,
    )

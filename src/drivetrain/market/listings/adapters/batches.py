"""Many listings at once in PostgreSQL: by COPY, and for changes by UPDATE from a staging table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.adapters.postgres.row_copy import copy_rows, update_rows
from drivetrain.core.event_log import EventLog
from drivetrain.market.listings.adapters.store import (
    event_of_change,
    is_of,
    listing_of,
    price_row,
    row_of_listing,
)
from drivetrain.market.listings.adapters.tables import listing_prices, listings
from drivetrain.market.listings.domain.events import LISTINGS, ListingChange
from drivetrain.market.listings.domain.listing import Listing, Owner

_AT_ONCE = 10_000
_COLUMNS = tuple(listings.columns.keys())
_PRICE_COLUMNS = tuple(listing_prices.columns.keys())


class PostgresListingBatches:
    """The port ``ListingBatches``."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def locked(self, connection: Connection, owner: Owner, ids: Collection[UUID]) -> Sequence[Listing]:
        """Those of some listings that are the owner's, locked in the order of their ids."""
        ordered = sorted(ids)
        found: list[Listing] = []
        with translating():
            for start in range(0, len(ordered), _AT_ONCE):
                is_asked = listings.c.listing_id.in_(ordered[start : start + _AT_ONCE])
                query = select(listings).where(is_asked, is_of(owner)).order_by(listings.c.listing_id)
                found += map(listing_of, connection.execute(query.with_for_update()).mappings())
        return found

    def add(self, connection: Connection, new: Sequence[Listing]) -> None:
        """Store new listings."""
        copy_rows(connection, "drivetrain.listings", _COLUMNS, map(row_of_listing, new))
        copy_rows(connection, "drivetrain.listing_prices", _PRICE_COLUMNS, map(price_row, new))

    def put(self, connection: Connection, pairs: Sequence[tuple[Listing, Listing]]) -> None:
        """Store listings whose rows are locked."""
        rows = (row_of_listing(listing) for listing, _ in pairs)
        update_rows(connection, "drivetrain.listings", _COLUMNS, "listing_id", rows)
        repriced = (price_row(listing) for listing, former in pairs if listing.price != former.price)
        copy_rows(connection, "drivetrain.listing_prices", _PRICE_COLUMNS, repriced)

    def announce(self, connection: Connection, changes: Sequence[ListingChange]) -> None:
        """Write an event for each change."""
        for start in range(0, len(changes), _AT_ONCE):
            events = list(map(event_of_change, changes[start : start + _AT_ONCE]))
            self._log.append({LISTINGS: events}, connection=connection)

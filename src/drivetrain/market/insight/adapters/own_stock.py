"""A dealer's cars, read from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, RowMapping, and_, or_, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.market.insight.application.ports import OwnCar
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS, is_of
from drivetrain.market.listings.adapters.tables import listing_prices, listings
from drivetrain.market.listings.domain.listing import ListingState, Owner
from drivetrain.market.listings.domain.money import Money

_FIRST = (
    select(
        listing_prices.c.listing_id,
        listing_prices.c.price_minor.label("first_minor"),
        listing_prices.c.currency.label("first_currency"),
    )
    .distinct(listing_prices.c.listing_id)
    .order_by(listing_prices.c.listing_id, listing_prices.c.version)
)


class PostgresOwnStock:
    """The port ``OwnStock``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cars(self, owner: Owner, sold_since: datetime) -> Sequence[OwnCar]:
        """The owner's live and reserved cars, and those sold since an instant."""
        columns = listings.c
        is_sold = and_(columns.state == ListingState.SOLD, columns.changed_at >= sold_since)
        is_meant = and_(
            is_of(owner), or_(columns.state.in_([ListingState.LIVE, ListingState.RESERVED]), is_sold)
        )
        ids = select(columns.listing_id).where(is_meant)
        first = _FIRST.where(listing_prices.c.listing_id.in_(ids)).subquery()
        query = (
            SHOWN_LISTINGS.where(is_meant)
            .join(first, first.c.listing_id == columns.listing_id)
            .add_columns(first.c.first_minor, first.c.first_currency)
        )
        with translating(), self._engine.connect() as connection:
            return [_car(row) for row in connection.execute(query).mappings()]


def _car(row: RowMapping) -> OwnCar:
    value = None if row["value_minor"] is None else Money(row["value_minor"], row["value_currency"])
    return OwnCar(
        row["listing_id"],
        row["make"],
        row["model"],
        row["year"],
        ListingState(row["state"]),
        Money(row["price_minor"], row["currency"]),
        Money(row["first_minor"], row["first_currency"]),
        value,
        row["rating"],
        row["live_at"],
        row["changed_at"],
    )

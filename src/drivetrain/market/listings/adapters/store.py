"""Listings in PostgreSQL: each change with its price history and its event, all or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Update,
    and_,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import NotFoundError
from drivetrain.core.event_log import EventLog, NewEvent
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.kit.tasks import TaskQueue
from drivetrain.market.listings.adapters.tables import (
    listing_photos,
    listing_prices,
    listing_values,
    listings,
)
from drivetrain.market.listings.application.contract import row_of
from drivetrain.market.listings.application.ports import ListingPage
from drivetrain.market.listings.domain.car import Car, Distance, DistanceUnit, Place
from drivetrain.market.listings.domain.events import LISTINGS, ListingChange
from drivetrain.market.listings.domain.listing import (
    SHOWN,
    Demonstration,
    Listing,
    ListingState,
    Owner,
    PriceChange,
)
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.tasks import VALUE_LISTINGS, VALUES_LOCK
from drivetrain.market.listings.domain.valuation import Valuation

_COVER = (
    select(listing_photos.c.photo_id)
    .where(listing_photos.c.listing_id == listings.c.listing_id)
    .order_by(listing_photos.c.position)
    .limit(1)
    .scalar_subquery()
)
"""The first photo of a listing."""

SHOWN_LISTINGS = select(
    listings,
    _COVER.label("cover"),
    *(listing_values.c[name] for name in ("value_minor", "low_minor", "high_minor", "rating", "as_of_year")),
    *(listing_values.c[name] for name in ("decision_id", "model_version", "valued_at", "refusal")),
    listing_values.c.currency.label("value_currency"),
    listing_values.c.model.label("value_model"),
).outerjoin(
    listing_values,
    and_(
        listing_values.c.listing_id == listings.c.listing_id,
        listing_values.c.version == listings.c.version,
    ),
)
"""Listings with the values of their present version, and with their first photo."""

_MOST_IDS = 200
"""More ids than these are too long for a task; it looks at all listings then."""

_OF_CAR = (
    *("make", "model", "variant", "year", "fuel", "gearbox", "engine_size_l", "power_kw", "drive", "body"),
    *("color", "doors", "seats", "owners", "description", "vin", "reference"),
)


class PostgresListings:
    """The port ``ListingStore``."""

    def __init__(self, engine: Engine, log: EventLog, queue: TaskQueue | None = None) -> None:
        """Keep listings.

        Args:
            queue: to have changed listings valued at once; without it the clock has them valued.
        """
        self._engine = engine
        self._log = log
        self._queue = queue

    def add(self, new: Sequence[Listing]) -> int:
        """Store new listings; how many were not there yet."""
        insertion = insert(listings).on_conflict_do_nothing().returning(listings.c.listing_id)
        with transaction(self._engine) as connection:
            added = set(connection.scalars(insertion, [row_of_listing(each) for each in new]))
            fresh = [each for each in new if each.listing_id in added]
            if fresh:
                connection.execute(insert(listing_prices), [price_row(each) for each in fresh])
                self._have_valued(connection, fresh)
                self._append(connection, [event_of(each, None) for each in fresh])
        return len(fresh)

    def change(self, listing_id: UUID, owner: Owner, change: Callable[[Listing], Listing]) -> Listing:
        """Change a listing under a lock of its row."""
        with transaction(self._engine) as connection:
            return self.change_in(connection, listing_id, change, is_of(owner))

    def change_in(
        self,
        connection: Connection,
        listing_id: UUID,
        change: Callable[[Listing], Listing],
        reach: ColumnElement[bool] | None = None,
    ) -> Listing:
        """Change a listing in a transaction of the caller's, who says which listings are within reach; None for all.

        Raises:
            NotFoundError: ``market.unknown_listing``.
        """
        own = listings.c.listing_id == listing_id
        query = select(listings).where(own if reach is None else and_(own, reach)).with_for_update()
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise _unknown(listing_id)
        former = listing_of(row)
        listing = change(former)
        self._replace(connection, former, listing)
        self._have_valued(connection, [listing])
        self._append(connection, [event_of(listing, former)])
        return listing

    def change_stale(
        self,
        before: datetime,
        most: int,
        change: Callable[[Listing], Listing],
        *,
        unless: ColumnElement[bool] | None = None,
        tell: Callable[[Connection, Sequence[Listing]], None] | None = None,
    ) -> int:
        """Change live listings that were changed before an instant; those that somebody changes right now are left out.

        Args:
            unless: which of them are left out, too; None for none.
            tell: writes to their owners in the same transaction.
        """
        columns = listings.c
        query = (
            select(listings)
            .where(
                columns.state == ListingState.LIVE,
                columns.changed_at < before,
                true() if unless is None else not_(unless),
            )
            .order_by(columns.listing_id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with transaction(self._engine) as connection:
            stale = [listing_of(row) for row in connection.execute(query).mappings()]
            changed = [change(former) for former in stale]
            for former, listing in zip(stale, changed, strict=True):
                self._replace(connection, former, listing)
            if changed and tell is not None:
                tell(connection, changed)
            if changed:
                self._append(connection, list(map(event_of, changed, stale)))
        return len(changed)

    def _replace(self, connection: Connection, former: Listing, listing: Listing) -> None:
        """Write a listing whose row is locked."""
        its_row = listings.c.listing_id == listing.listing_id
        connection.execute(update(listings).where(its_row).values(row_of_listing(listing)))
        if listing.price != former.price:
            connection.execute(insert(listing_prices).values(price_row(listing)))
        if (listing.car, listing.price) == (former.car, former.price):
            connection.execute(_values_hold(former, listing))

    def find(self, listing_id: UUID, owner: Owner | None) -> Listing:
        """A listing within reach, with its price history."""
        is_shown: ColumnElement[bool] = listings.c.state.in_(sorted(SHOWN))
        reach = is_shown if owner is None else or_(is_shown, is_of(owner))
        history = select(listing_prices).where(listing_prices.c.listing_id == listing_id)
        with translating(), self._engine.connect() as connection:
            query = SHOWN_LISTINGS.where(listings.c.listing_id == listing_id, reach)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise _unknown(listing_id)
            prices = connection.execute(history.order_by(listing_prices.c.version)).all()
        changes = [PriceChange(Money(each.price_minor, each.currency), each.since) for each in prices]
        return listing_of(row, changes)

    def owned(self, owner: Owner, state: ListingState | None, before: UUID | None, most: int) -> ListingPage:
        """An owner's listings, newest first: their ids begin with the instant they were made."""
        query = SHOWN_LISTINGS.where(is_of(owner))
        if state is not None:
            query = query.where(listings.c.state == state)
        if before is not None:
            query = query.where(listings.c.listing_id < before)
        with translating(), self._engine.connect() as connection:
            newest_first = query.order_by(listings.c.listing_id.desc()).limit(most + 1)
            rows = connection.execute(newest_first).mappings().all()
        items = [listing_of(row) for row in rows[:most]]
        return ListingPage(items, items[-1].listing_id if len(rows) > most else None)

    def _have_valued(self, connection: Connection, changed: Sequence[Listing]) -> None:
        ids = [str(each.listing_id) for each in changed if each.state is ListingState.LIVE]
        if self._queue is not None and ids:
            arguments = {"listing_ids": ids} if len(ids) <= _MOST_IDS else {}
            self._queue.defer(connection, VALUE_LISTINGS, arguments, lock=VALUES_LOCK)

    def _append(self, connection: Connection, events: Sequence[NewEvent]) -> None:
        """Write the events last: their topic is locked until the transaction ends."""
        self._log.append({LISTINGS: events}, connection=connection)


def _values_hold(former: Listing, listing: Listing) -> Update:
    """The values of a car whose state alone has changed are those of its new version too."""
    columns = listing_values.c
    return (
        update(listing_values)
        .where(columns.listing_id == listing.listing_id, columns.version == former.version)
        .values(version=listing.version)
    )


def is_of(owner: Owner) -> ColumnElement[bool]:
    """Which listings are an owner's: all of a company, or those of its branch."""
    own: ColumnElement[bool] = listings.c.company_id == owner.company
    return own if owner.branch is None else and_(own, listings.c.branch_id == owner.branch)


def _unknown(listing_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no listing {listing_id}.", code="market.unknown_listing")


def row_of_listing(listing: Listing) -> dict[str, Any]:
    """A listing as its row, by column."""
    car: dict[str, Any] = {
        name: value for name, value in row_of(listing.car, listing.price).items() if name != "price"
    }
    return {
        **car,
        "listing_id": listing.listing_id,
        "company_id": listing.owner.company,
        "branch_id": listing.owner.branch,
        "state": listing.state.value,
        "version": listing.version,
        "price_minor": listing.price.amount_minor,
        "created_at": listing.created_at,
        "changed_at": listing.changed_at,
        "changed_by": listing.changed_by,
        "live_at": listing.live_at,
        "blocked_at": listing.blocked_at,
        "demonstration": None if listing.demonstration is None else listing.demonstration.value,
    }


def price_row(listing: Listing) -> dict[str, Any]:
    """The price of a listing as a row of its history."""
    return {
        "listing_id": listing.listing_id,
        "version": listing.version,
        "price_minor": listing.price.amount_minor,
        "currency": listing.price.currency,
        "since": listing.changed_at,
    }


def event_of(listing: Listing, former: Listing | None) -> NewEvent:
    """The event of a listing; ``former`` is None for a new one."""
    return event_of_change(ListingChange.of(listing, former))


def event_of_change(change: ListingChange) -> NewEvent:
    """The event of a change."""
    former = change.former_price
    fields: Mapping[str, Any] = {
        "listing_id": str(change.listing_id),
        "version": change.version,
        "state": change.state,
        "price_minor": change.price.amount_minor,
        "currency": change.price.currency,
        "former_state": change.former_state,
        "former_price_minor": None if former is None else former.amount_minor,
        "former_currency": None if former is None else former.currency,
        "at": iso_utc(change.at),
    }
    return NewEvent(str(change.listing_id), orjson.dumps(fields))


def listing_of(row: RowMapping, prices: Sequence[PriceChange] = ()) -> Listing:
    """A listing from its row."""
    words = [word for word in (row["equipment"] or "").split(", ") if word]
    car = Car(
        **{name: row[name] for name in _OF_CAR},
        distance=Distance(row["distance"], DistanceUnit(row["distance_unit"])),
        equipment=frozenset(words),
        place=Place(row["place"], row["country"], row["latitude"], row["longitude"]),
    )
    return Listing(
        row["listing_id"],
        Owner(row["company_id"], row["branch_id"]),
        car,
        Money(row["price_minor"], row["currency"]),
        ListingState(row["state"]),
        row["version"],
        row["created_at"],
        row["changed_at"],
        row["changed_by"],
        row["live_at"],
        prices,
        _valuation_of(row),
        row["blocked_at"],
        refusal=row.get("refusal"),
        demonstration=None if row["demonstration"] is None else Demonstration(row["demonstration"]),
        cover=row.get("cover"),
    )


def _valuation_of(row: RowMapping) -> Valuation | None:
    """The valuation of a row of ``SHOWN_LISTINGS``; None for other rows."""
    if row.get("value_minor") is None:
        return None
    value, low, high = (
        Money(row[name], row["value_currency"]) for name in ("value_minor", "low_minor", "high_minor")
    )
    return Valuation(
        *(value, low, high, row["rating"], row["as_of_year"], str(row["decision_id"])),
        *(row["value_model"], row["model_version"], row["valued_at"]),
    )

"""Values of listings in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import translating
from drivetrain.core.event_log import EventLog
from drivetrain.core.time import Clock
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.market.listings.adapters.store import event_of, listing_of
from drivetrain.market.listings.adapters.tables import listing_values, listings
from drivetrain.market.listings.application.value_listings import ValuedListing
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.listings.domain.listing import Listing, ListingState

_AT_ONCE = 1_000
_COLUMNS = tuple(column.name for column in listing_values.c)


class PostgresListingValues:
    """The port ``ListingValues``, and keeping what it leads to."""

    def __init__(self, engine: Engine, log: EventLog, clock: Clock) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock

    def outdated(
        self, versions: Mapping[str, ModelRef], *, most: int | None, among: Sequence[UUID] | None = None
    ) -> Sequence[Listing]:
        """Live listings whose values are not those of their version and the present model."""
        present = {currency: f"{ref.name} {ref.version}" for currency, ref in versions.items()}
        of_currency = case(present, value=listings.c.currency, else_="") if present else literal("")
        valued_by = func.concat(listing_values.c.model, " ", listing_values.c.model_version)
        query = (
            select(listings)
            .outerjoin(listing_values, listing_values.c.listing_id == listings.c.listing_id)
            .where(
                listings.c.state == ListingState.LIVE,
                or_(
                    listing_values.c.version.is_distinct_from(listings.c.version),
                    func.trim(valued_by).is_distinct_from(of_currency),
                ),
            )
            .order_by(listings.c.listing_id)
            .limit(most)
        )
        if among is not None:
            query = query.where(listings.c.listing_id.in_(among))
        with translating(), self._engine.connect() as connection:
            return [listing_of(row) for row in connection.execute(query).mappings()]

    def keep(self, connection: Connection, valued: Sequence[ValuedListing]) -> None:
        """Replace the values of listings, all of them in the transaction of the connection, and say so in the log."""
        insertion = insert(listing_values)
        replaced = {name: insertion.excluded[name] for name in _COLUMNS if name != "listing_id"}
        is_later = (
            listing_values.c.version <= insertion.excluded.version
        )  # than what another task found meanwhile
        statement = insertion.on_conflict_do_update(
            index_elements=["listing_id"], set_=replaced, where=is_later
        )
        rows = [self._row(each) for each in valued]
        with translating():
            for start in range(0, len(rows), _AT_ONCE):
                connection.execute(statement, rows[start : start + _AT_ONCE])
        self._log.append(
            {LISTINGS: [event_of(each.listing, each.listing) for each in valued]}, connection=connection
        )

    def _row(self, valued: ValuedListing) -> dict[str, Any]:
        valuation, model = valued.valuation, valued.model
        row = dict.fromkeys(_COLUMNS) | {
            "listing_id": valued.listing.listing_id,
            "version": valued.listing.version,
            "model": None if model is None else model.name,
            "model_version": None if model is None else model.version,
            "refusal": valued.refusal,
            "valued_at": self._clock.now(),
        }
        if valuation is None:
            return row
        return row | {
            "value_minor": valuation.value.amount_minor,
            "low_minor": valuation.low.amount_minor,
            "high_minor": valuation.high.amount_minor,
            "currency": valuation.value.currency,
            "rating": valuation.rating,
            "as_of_year": valuation.as_of_year,
            "decision_id": UUID(valuation.decision_id),
            "valued_at": valuation.valued_at,
        }

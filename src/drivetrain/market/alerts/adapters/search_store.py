"""Saved searches in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, insert, select, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.market.alerts.adapters.reading import stored_query
from drivetrain.market.alerts.adapters.tables import alerts, saved_searches
from drivetrain.market.alerts.domain.saved_search import Frequency, LeastDrop, Notice, SavedSearch
from drivetrain.market.search.adapters.parameters import address_of

_AT_ONCE = 5_000


class PostgresSavedSearches:
    """The port ``SearchStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, search: SavedSearch, most: int) -> None:
        """Keep one more, unless the person has as many as one may."""
        gone = NotFoundError(f"There is no listing {search.listing}.", code="market.unknown_listing")
        with transaction(self._engine, conflict=gone) as connection:
            # one at a time: two at once would both find room for the last one
            connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(f"searches {search.person}", 0)))
            )
            count = select(func.count()).where(saved_searches.c.person_id == search.person)
            if (connection.scalar(count) or 0) >= most:
                raise ConflictError(
                    f"You keep {most} searches already; remove one first.", code="market.too_many_searches"
                )
            connection.execute(insert(saved_searches).values(_row(search)))

    def of_person(self, person: UUID) -> Sequence[SavedSearch]:
        """Those of a person, oldest first: their ids begin with the instant they were made."""
        return self.of_people([person])

    def of_people(self, people: Collection[UUID]) -> Sequence[SavedSearch]:
        """Those of some people, oldest first."""
        query = select(saved_searches).where(saved_searches.c.person_id.in_(sorted(people)))
        with translating(), self._engine.connect() as connection:
            return list(map(_search, connection.execute(query.order_by(saved_searches.c.search_id))))

    def all(self) -> Iterator[Sequence[SavedSearch]]:
        """Everybody's, in pieces behind each other's last id."""
        last: UUID | None = None
        while True:
            query = select(saved_searches).order_by(saved_searches.c.search_id).limit(_AT_ONCE)
            if last is not None:
                query = query.where(saved_searches.c.search_id > last)
            with translating(), self._engine.connect() as connection:
                piece = list(map(_search, connection.execute(query)))
            if not piece:
                return
            yield piece
            last = piece[-1].search_id

    def change(
        self, search_id: UUID, person: UUID, change: Callable[[SavedSearch], SavedSearch]
    ) -> SavedSearch:
        """Change one of a person's."""
        theirs = _own(search_id, person)
        gone = NotFoundError("There is no such listing.", code="market.unknown_listing")
        with transaction(self._engine, conflict=gone) as connection:
            row = connection.execute(select(saved_searches).where(theirs).with_for_update()).one_or_none()
            if row is None:
                raise _unknown(search_id)
            former = _search(row)
            search = change(former)
            connection.execute(update(saved_searches).where(theirs).values(_row(search)))
            if search.frequency is not former.frequency:
                _have_told(connection, search)
        return search

    def remove(self, search_id: UUID, person: UUID) -> None:
        """Remove one of a person's; the database removes its alerts."""
        with transaction(self._engine) as connection:
            if connection.execute(delete(saved_searches).where(_own(search_id, person))).rowcount == 0:
                raise _unknown(search_id)


def _have_told(connection: Connection, search: SavedSearch) -> None:
    """Have the alerts that wait told when the search says now."""
    waiting = update(alerts).where(alerts.c.search_id == search.search_id, alerts.c.told_at.is_(None))
    connection.execute(waiting.values(due_at=search.frequency.due_at(search.changed_at)))


def _own(search_id: UUID, person: UUID) -> ColumnElement[bool]:
    columns = saved_searches.c
    return and_(columns.search_id == search_id, columns.person_id == person)


def _unknown(search_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no saved search {search_id}.", code="market.unknown_search")


def _row(search: SavedSearch) -> dict[str, Any]:
    return {
        "search_id": search.search_id,
        "person_id": search.person,
        "name": search.name,
        "filters": None if search.query is None else address_of(search.query),
        "listing_id": search.listing,
        "notices": sorted(search.notices),
        "drop_amount": search.least_drop.amount,
        "drop_share": search.least_drop.share,
        "frequency": search.frequency.value,
        "created_at": search.created_at,
        "changed_at": search.changed_at,
    }


def _search(row: Row[Any]) -> SavedSearch:
    return SavedSearch(
        row.search_id,
        row.person_id,
        row.name,
        None if row.filters is None else stored_query(row.filters),
        row.listing_id,
        frozenset(map(Notice, row.notices)),
        LeastDrop(row.drop_amount, row.drop_share),
        Frequency(row.frequency),
        row.created_at,
        row.changed_at,
    )

"""What the matcher of saved searches keeps in PostgreSQL: how far it is, what it saw and what it found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.event_log import Offsets
from drivetrain.core.ids import new_ids
from drivetrain.market.alerts.adapters.tables import alert_listings, alert_offsets
from drivetrain.market.alerts.domain.alert import Alert, SeenListing
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.search.domain.columns import ListedCar

_AT_ONCE = 5_000
_MATCHING = "matching of saved searches"

# A search that was removed meanwhile gets no alert; one that is being removed is waited for.
_ADD = text("""
    INSERT INTO drivetrain.alerts (alert_id, search_id, person_id, listing_id, kind, revision, price_minor, currency,
        former_price_minor, created_at, due_at)
    SELECT new.alert_id, search.search_id, search.person_id, new.listing_id, new.kind, new.revision, new.price_minor,
        new.currency, new.former_price_minor, new.created_at, new.due_at
    FROM unnest(
        CAST(:alert_id AS uuid[]), CAST(:search_id AS uuid[]), CAST(:listing_id AS uuid[]), CAST(:kind AS text[]),
        CAST(:revision AS integer[]), CAST(:price_minor AS bigint[]), CAST(:currency AS text[]),
        CAST(:former_price_minor AS bigint[]), CAST(:created_at AS timestamptz[]), CAST(:due_at AS timestamptz[])
    ) AS new (alert_id, search_id, listing_id, kind, revision, price_minor, currency, former_price_minor, created_at,
        due_at)
    JOIN drivetrain.saved_searches AS search ON search.search_id = new.search_id
    ORDER BY new.alert_id
    FOR KEY SHARE OF search
    ON CONFLICT (search_id, listing_id, kind, revision) DO NOTHING
""")


class PostgresChanges:
    """The port ``ChangeStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def batch(self) -> Iterator[PostgresChangeBatch | None]:
        """A transaction for one batch; the server takes the lock back from a process that is killed."""
        with transaction(self._engine) as connection:
            yield PostgresChangeBatch(connection) if is_sole(connection, _MATCHING) else None


def is_sole(connection: Connection, work: str) -> bool:
    """Whether nobody else does some work until this transaction ends, in any process of the installation."""
    lock = func.hashtextextended(work, 0)
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(lock))))


@dataclass(frozen=True, slots=True)
class PostgresChangeBatch:
    """The port ``ChangeBatch`` in one transaction."""

    connection: Connection

    def offsets(self) -> Offsets | None:
        """Where to read on; None at the first time."""
        rows = self.connection.execute(select(alert_offsets)).all()
        known = {row.part: row.next for row in rows if row.part >= 0}
        return known if rows else None

    def seen(self, listings: Collection[str]) -> Mapping[str, SeenListing]:
        """How some listings were last seen."""
        query = select(alert_listings).where(alert_listings.c.listing_id.in_(sorted(map(UUID, listings))))
        return {
            row.listing_id.hex: SeenListing(_car(row.car), row.is_live)
            for row in self.connection.execute(query)
        }

    def remember(self, seen: Mapping[str, SeenListing]) -> None:
        """Keep how listings were seen; those that were removed meanwhile are left out."""
        rows = [
            {"listing_id": UUID(each), "is_live": seen[each].is_live, "car": _as_json(seen[each].car)}
            for each in sorted(seen)
        ]
        new = insert(alert_listings)
        keep = new.on_conflict_do_update(
            index_elements=["listing_id"], set_={"is_live": new.excluded.is_live, "car": new.excluded.car}
        )
        for start in range(0, len(rows), _AT_ONCE):
            self.connection.execute(keep, rows[start : start + _AT_ONCE])

    def add(self, alerts: Sequence[Alert]) -> int:
        """Add alerts, those that are there already and those of removed searches left out."""
        added = 0
        for start in range(0, len(alerts), _AT_ONCE):
            piece = alerts[start : start + _AT_ONCE]
            added += self.connection.execute(_ADD, _columns(piece)).rowcount
        return added

    def advance(self, offsets: Offsets) -> None:
        """Read on from here the next time; a place of no partition says that there was a first time."""
        rows = [{"part": part, "next": offset} for part, offset in sorted({-1: 0, **offsets}.items())]
        new = insert(alert_offsets)
        self.connection.execute(
            new.on_conflict_do_update(index_elements=["part"], set_={"next": new.excluded.next}), rows
        )


def _columns(alerts: Sequence[Alert]) -> dict[str, list[Any]]:
    return {
        "alert_id": new_ids(len(alerts)),
        "search_id": [each.search for each in alerts],
        "listing_id": [each.listing for each in alerts],
        "kind": [each.notice.value for each in alerts],
        "revision": [each.revision for each in alerts],
        "price_minor": [Money.rounded(each.price, each.currency).amount_minor for each in alerts],
        "currency": [each.currency for each in alerts],
        "former_price_minor": [
            None
            if each.former_price is None
            else Money.rounded(each.former_price, each.currency).amount_minor
            for each in alerts
        ],
        "created_at": [each.created_at for each in alerts],
        "due_at": [each.due_at for each in alerts],
    }


def _as_json(car: ListedCar) -> dict[str, Any]:
    return {**car._asdict(), "equipment": sorted(car.equipment)}


def _car(stored: Mapping[str, Any]) -> ListedCar:
    """A car that this or another release has stored; fields that it did not know are unknown."""
    known = {name: stored[name] for name in ListedCar._fields if name in stored}
    return ListedCar(**{**known, "equipment": frozenset(stored["equipment"])})

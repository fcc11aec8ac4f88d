"""Alerts in PostgreSQL: those that are due, and those that a person looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, func, select, text, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.market.alerts.adapters.change_store import is_sole
from drivetrain.market.alerts.adapters.tables import alerts, saved_searches
from drivetrain.market.alerts.application.ports import AlertPage, DueAlert, StoredAlert
from drivetrain.market.alerts.domain.saved_search import Notice

_TELLING = "telling of alerts"
_TOLD = text("UPDATE drivetrain.alerts SET told_at = :at WHERE alert_id = ANY(CAST(:told AS uuid[]))")
_MOST_DUE = 20_000
"""Told in one transaction; of whom has more, the others are told by a further message."""


class PostgresAlerts:
    """The ports ``DueStore`` and ``AlertReader``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def telling(self) -> Iterator[PostgresDueBatch | None]:
        """A transaction in which alerts are told; the server takes the lock back from a process that is killed."""
        with transaction(self._engine) as connection:
            yield PostgresDueBatch(connection) if is_sole(connection, _TELLING) else None

    def page(self, person: UUID, search_id: UUID | None, before: UUID | None, most: int) -> AlertPage:
        """Alerts, newest first: their ids begin with the instant they were made."""
        columns = alerts.c
        query = (
            select(alerts, saved_searches.c.name)
            .join(saved_searches, saved_searches.c.search_id == columns.search_id)
            .where(columns.person_id == person)
        )
        if search_id is not None:
            query = query.where(columns.search_id == search_id)
        if before is not None:
            query = query.where(columns.alert_id < before)
        unseen = select(func.count()).where(columns.person_id == person, columns.seen_at.is_(None))
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.alert_id.desc()).limit(most + 1)).all()
            count = connection.scalar(unseen) or 0
        items = [_stored(row) for row in rows[:most]]
        return AlertPage(items, count, items[-1].alert_id if len(rows) > most else None)

    def mark_seen(self, person: UUID, up_to: UUID, at: datetime) -> int:
        """Mark all up to one as seen."""
        columns = alerts.c
        theirs = update(alerts).where(
            columns.person_id == person, columns.alert_id <= up_to, columns.seen_at.is_(None)
        )
        with transaction(self._engine) as connection:
            return connection.execute(theirs.values(seen_at=at)).rowcount

    def remove_old(self, before: datetime) -> int:
        """Remove alerts that were told before an instant; how many."""
        with transaction(self._engine) as connection:
            return connection.execute(delete(alerts).where(alerts.c.told_at < before)).rowcount


@dataclass(frozen=True, slots=True)
class PostgresDueBatch:
    """The port ``DueBatch`` in one transaction."""

    connection: Connection

    def due(self, now: datetime, most_people: int) -> Sequence[DueAlert]:
        """All that is due of the people who have waited longest."""
        columns = alerts.c
        is_due = columns.told_at.is_(None) & (columns.due_at <= now)
        people = (
            select(columns.person_id)
            .where(is_due)
            .group_by(columns.person_id)
            .order_by(func.min(columns.due_at))
            .limit(most_people)
        )
        # asked first: as a part of the next query, a plan made before statistics are takes it up again for each row
        chosen = self.connection.scalars(people).all()
        if not chosen:
            return []
        query = (
            select(alerts, saved_searches.c.name)
            .join(saved_searches, saved_searches.c.search_id == columns.search_id)
            .where(is_due, columns.person_id.in_(chosen))
            .order_by(columns.person_id, columns.alert_id)
            .limit(_MOST_DUE)
            .with_for_update(of=alerts)
        )
        return [_due(row) for row in self.connection.execute(query)]

    def note_told(self, told: Collection[UUID], at: datetime) -> None:
        """Note that alerts were told, or need not be."""
        self.connection.execute(_TOLD, {"at": at, "told": list(told)})


def _due(row: Row[Any]) -> DueAlert:
    return DueAlert(
        row.alert_id,
        row.person_id,
        row.name,
        row.listing_id.hex,
        Notice(row.kind),
        row.price_minor,
        row.currency,
        row.former_price_minor,
    )


def _stored(row: Row[Any]) -> StoredAlert:
    return StoredAlert(
        row.alert_id,
        row.search_id,
        row.name,
        row.listing_id,
        Notice(row.kind),
        row.price_minor,
        row.currency,
        row.former_price_minor,
        row.created_at,
        row.seen_at,
    )

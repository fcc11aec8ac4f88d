"""Pulls of dealers' tables in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Engine, Interval, RowMapping, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import NotFoundError
from drivetrain.lifecycle.kit.tasks import TaskQueue
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.adapters.tables import stock_pulls, stock_sources
from drivetrain.market.stock.domain.pull import PULL_STOCK, Pull

MOST_AT_ONCE = 500
"""Pulls that one look defers; the others are due at the next."""

_PULLS = select(
    stock_pulls, stock_sources.c.company_id, stock_sources.c.branch_id, stock_sources.c.name
).join(stock_sources)
_OF_PULL = ("source_id", "url", "every_h", "next_at", "created_by", "looked_at", "failure")


class PostgresPulls:
    """The port ``PullStore``."""

    def __init__(self, engine: Engine, queue: TaskQueue) -> None:
        self._engine = engine
        self._queue = queue

    def set_pull(self, pull: Pull) -> None:
        """Keep the pull of its source, in place of a former one, and have a task fetch the table now."""
        row = {name: getattr(pull, name) for name in _OF_PULL}
        kept = insert(stock_pulls).values(**{**row, "next_at": pull.following(pull.next_at)})
        replaced = {name: kept.excluded[name] for name in _OF_PULL if name != "source_id"}
        with transaction(self._engine) as connection:
            connection.execute(kept.on_conflict_do_update(index_elements=["source_id"], set_=replaced))
            self._defer(connection, pull.source_id, pull.created_by)

    def pull(self, source_id: UUID) -> Pull:
        """The pull of a source."""
        with translating(), self._engine.connect() as connection:
            query = _PULLS.where(stock_pulls.c.source_id == source_id)
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise _none()
        return _pull(row)

    def pulls(self, owner: Owner) -> Sequence[Pull]:
        """The pulls of an owner's own sources."""
        query = _PULLS.where(
            stock_sources.c.company_id == owner.company,
            stock_sources.c.branch_id.is_not_distinct_from(owner.branch),
        )
        with translating(), self._engine.connect() as connection:
            return [_pull(row) for row in connection.execute(query).mappings()]

    def remove_pull(self, source_id: UUID) -> None:
        """Fetch the table of a source no more."""
        with transaction(self._engine) as connection:
            removed = connection.execute(delete(stock_pulls).where(stock_pulls.c.source_id == source_id))
        if removed.rowcount != 1:
            raise _none()

    def defer_due(self, now: datetime) -> int:
        """Have a task fetch each table that is due; another process that looks at the same time passes them over."""
        is_due = select(stock_pulls.c.source_id).where(stock_pulls.c.next_at <= now)
        due = is_due.order_by(stock_pulls.c.next_at).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
        pause = func.make_interval(0, 0, 0, 0, stock_pulls.c.every_h, type_=Interval)
        next_at = literal(now, DateTime(timezone=True)) + pause
        moved = update(stock_pulls).where(stock_pulls.c.source_id.in_(due)).values(next_at=next_at)
        with transaction(self._engine) as connection:
            rows = connection.execute(
                moved.returning(stock_pulls.c.source_id, stock_pulls.c.created_by)
            ).all()
            for row in rows:
                self._defer(connection, row.source_id, row.created_by)
        return len(rows)

    def note_look(self, source_id: UUID, at: datetime, failure: str | None) -> None:
        """Note how a try ended."""
        noted = update(stock_pulls).where(stock_pulls.c.source_id == source_id)
        with transaction(self._engine) as connection:
            connection.execute(noted.values(looked_at=at, failure=failure))

    def _defer(self, connection: Any, source_id: UUID, by: str) -> None:
        lock = f"market pull {source_id}"
        self._queue.defer(connection, PULL_STOCK, {"source_id": str(source_id)}, lock=lock, actor=by)


def _none() -> NotFoundError:
    return NotFoundError("The table of this source is not fetched from anywhere.", code="market.no_pull")


def _pull(row: RowMapping) -> Pull:
    plain = {name: row[name] for name in _OF_PULL}
    return Pull(**plain, owner=Owner(row["company_id"], row["branch_id"]), source=row["name"])

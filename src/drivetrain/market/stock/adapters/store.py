"""The stock of dealers in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Update,
    and_,
    func,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.adapters.postgres.row_copy import copy_rows, update_rows
from drivetrain.core.errors import ConflictError, NotFoundError, TooManyRequestsError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.tasks import TaskQueue
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.adapters.tables import (
    stock_changes,
    stock_feeds,
    stock_items,
    stock_mappings,
    stock_sources,
)
from drivetrain.market.stock.application.mapping import read_mapping
from drivetrain.market.stock.application.ports import ChangePage, FeedPage, ItemChange, MappingVersion
from drivetrain.market.stock.domain.difference import ChangeKind, StockItem
from drivetrain.market.stock.domain.feed import TAKE_FEED, Feed, FeedState, StockSource
from drivetrain.market.stock.domain.identity import Identity

MOST_WAITING = 5
"""Feeds of one source: what comes while they wait is better sent as one table."""

MOST_SOURCES = 20
"""Of one owner: they are made when they are first named."""

_RETRY_AFTER_S = 60
_OPEN = (FeedState.WAITING.value, FeedState.HELD.value)
_FEEDS = select(
    stock_feeds, stock_sources.c.company_id, stock_sources.c.branch_id, stock_sources.c.name
).join(stock_sources)
_ITEM_COLUMNS = tuple(stock_items.columns.keys())


class PostgresStock:
    """The port ``StockStore``."""

    def __init__(self, engine: Engine, queue: TaskQueue | None = None) -> None:
        """Keep stock.

        Args:
            queue: for the tasks that take feeds; None where feeds are taken by who sends them.
        """
        self._engine = engine
        self._queue = queue

    def source(self, owner: Owner, name: str) -> StockSource:
        """The source of this name, which is made where there is none."""
        own = and_(_owned_by(owner), stock_sources.c.name == name)
        made = {"source_id": UUID(new_id()), "company_id": owner.company, "branch_id": owner.branch}
        query = select(stock_sources).where(own)
        with transaction(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                _refuse_more_sources(connection, owner)
                connection.execute(insert(stock_sources).values(**made, name=name).on_conflict_do_nothing())
                row = connection.execute(query).mappings().one()
        return _source(row)

    def known_source(self, owner: Owner, name: str) -> StockSource | None:
        """The source of this name; None where there is none."""
        return next((each for each in self.sources(owner) if each.name == name), None)

    def sources(self, owner: Owner) -> Sequence[StockSource]:
        """The owner's own sources, by name."""
        query = select(stock_sources).where(_owned_by(owner)).order_by(stock_sources.c.name)
        with translating(), self._engine.connect() as connection:
            return [_source(row) for row in connection.execute(query).mappings()]

    def add_feed(self, feed: Feed) -> Feed:
        """Keep a feed that waits, and have a task take it."""
        is_waiting = and_(
            stock_feeds.c.source_id == feed.source_id,
            stock_feeds.c.state == FeedState.WAITING,
            stock_feeds.c.created_at > func.now() - text("interval '1 hour'"),
        )
        with transaction(self._engine) as connection:
            waiting = connection.scalar(select(func.count()).select_from(stock_feeds).where(is_waiting))
            if (waiting or 0) >= MOST_WAITING:
                raise TooManyRequestsError(
                    "As many tables of this source wait as may; send this one later.",
                    code="market.feeds_waiting",
                    retry_after_s=_RETRY_AFTER_S,
                )
            deferred = self._deferred(connection, feed)
            connection.execute(insert(stock_feeds).values(**_feed_row(deferred)))
        return deferred

    def note_feed(self, feed: Feed) -> None:
        """Keep a feed that no task is to take."""
        with transaction(self._engine) as connection:
            connection.execute(insert(stock_feeds).values(**_feed_row(feed)))

    def feed(self, feed_id: UUID, owner: Owner | None) -> Feed:
        """One feed."""
        query = _FEEDS.where(stock_feeds.c.feed_id == feed_id)
        if owner is not None:
            query = query.where(_is_of(owner))
        with translating(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"There is no feed {feed_id}.", code="market.unknown_feed")
        return _feed(row)

    def feeds(self, owner: Owner, before: UUID | None, most: int) -> FeedPage:
        """Feeds of an owner, newest first: their ids begin with the instant they were sent."""
        query = _FEEDS.where(_is_of(owner))
        if before is not None:
            query = query.where(stock_feeds.c.feed_id < before)
        query = query.order_by(stock_feeds.c.feed_id.desc()).limit(most + 1)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        items = [_feed(row) for row in rows[:most]]
        return FeedPage(items, items[-1].feed_id if len(rows) > most else None)

    def last_feed(self, source_id: UUID) -> Feed | None:
        """The newest feed of a source that is no preview."""
        query = _FEEDS.where(stock_feeds.c.source_id == source_id, stock_feeds.c.is_preview.is_(False))
        with translating(), self._engine.connect() as connection:
            newest = query.order_by(stock_feeds.c.feed_id.desc()).limit(1)
            row = connection.execute(newest).mappings().one_or_none()
        return None if row is None else _feed(row)

    def confirm(self, feed: Feed) -> Feed:
        """Have a task take a held feed again."""
        is_held = and_(stock_feeds.c.feed_id == feed.feed_id, stock_feeds.c.state == FeedState.HELD)
        with transaction(self._engine) as connection:
            deferred = self._deferred(connection, feed)
            changed = connection.execute(update(stock_feeds).where(is_held).values(**_feed_row(deferred)))
            if changed.rowcount != 1:
                raise ConflictError("The feed is not held any more.", code="market.feed_not_held")
        return deferred

    def changes(self, feed_id: UUID, kind: ChangeKind | None, after: UUID | None, most: int) -> ChangePage:
        """What a feed changed, in the order of the listings' ids."""
        query = select(stock_changes).where(stock_changes.c.feed_id == feed_id)
        if kind is not None:
            query = query.where(stock_changes.c.kind == kind)
        if after is not None:
            query = query.where(stock_changes.c.listing_id > after)
        query = query.order_by(stock_changes.c.listing_id).limit(most + 1)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        items = [(row.listing_id, ChangeKind(row.kind)) for row in rows[:most]]
        return ChangePage(items, items[-1][0] if len(rows) > most else None)

    def mapping(self, source: StockSource, version: int) -> MappingVersion:
        """A version of a mapping."""
        query = select(stock_mappings).where(
            stock_mappings.c.source_id == source.source_id, stock_mappings.c.version == version
        )
        with translating(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(
                f"There is no version {version} of the mapping.", code="market.unknown_mapping"
            )
        return MappingVersion(row.version, read_mapping(row.mapping), row.created_at, row.created_by)

    def add_mapping(self, source: StockSource, new: MappingVersion) -> None:
        """Keep the next version of a mapping."""
        is_next = and_(
            stock_sources.c.source_id == source.source_id, stock_sources.c.mapping_version == new.version - 1
        )
        with transaction(self._engine) as connection:
            changed = connection.execute(
                update(stock_sources).where(is_next).values(mapping_version=new.version)
            )
            if changed.rowcount != 1:
                raise ConflictError(
                    "The mapping has another version by now; look at it again.", code="market.mapping_changed"
                )
            row = {
                "source_id": source.source_id,
                "version": new.version,
                "mapping": new.mapping.as_dict(),
                "created_at": new.created_at,
                "created_by": new.created_by,
            }
            connection.execute(insert(stock_mappings).values(**row))

    def lock_source(self, connection: Connection, source_id: UUID) -> StockSource:
        """A source, whose stock nobody else changes until the transaction ends."""
        query = select(stock_sources).where(stock_sources.c.source_id == source_id).with_for_update()
        with translating():
            return _source(connection.execute(query).mappings().one())

    def items(self, connection: Connection, source_id: UUID) -> Sequence[StockItem]:
        """The stock of a source, with the cars that are gone, in the order they were listed."""
        query = select(stock_items).where(stock_items.c.source_id == source_id)
        with translating():
            rows = connection.execute(query.order_by(stock_items.c.listing_id))
            return [
                StockItem(
                    row.listing_id,
                    Identity(row.vin, row.reference, row.likeness, row.odometer_km),
                    bytes(row.digest),
                    row.is_gone,
                )
                for row in rows
            ]

    def change_items(
        self, connection: Connection, source_id: UUID, feed_id: UUID, changes: Sequence[ItemChange]
    ) -> None:
        """Change the stock of a source."""
        new = [_item_row(source_id, each.item) for each in changes if each.former != each.item.listing_id]
        kept = [_item_row(source_id, each.item) for each in changes if each.former == each.item.listing_id]
        copy_rows(connection, "drivetrain.stock_items", _ITEM_COLUMNS, new)
        update_rows(connection, "drivetrain.stock_items", _ITEM_COLUMNS, "listing_id", kept)
        history = (
            {"feed_id": feed_id, "listing_id": each.item.listing_id, "kind": each.kind.value}
            for each in changes
        )
        copy_rows(connection, "drivetrain.stock_changes", ("feed_id", "listing_id", "kind"), history)

    def end_feed(self, connection: Connection, feed: Feed) -> None:
        """Note what came of a feed; one that was taken is the last of its source."""
        ended = update(stock_feeds).where(stock_feeds.c.feed_id == feed.feed_id).values(**_feed_row(feed))
        with translating():
            connection.execute(ended)
            if feed.state in {FeedState.TAKEN, FeedState.UNCHANGED} and feed.ended_at is not None:
                connection.execute(_confirmed(feed.source_id, feed.ended_at))
            if feed.state is FeedState.TAKEN:
                last = update(stock_sources).where(stock_sources.c.source_id == feed.source_id)
                connection.execute(last.values(digest=feed.digest, digest_mapping=feed.mapping_version))

    def confirm_source(self, source_id: UUID, at: datetime) -> None:
        """Note that the cars of a source are for sale still."""
        with transaction(self._engine) as connection:
            connection.execute(_confirmed(source_id, at))

    def end_overdue(self, before: datetime, now: datetime) -> int:
        """End the feeds that nobody confirmed, or whose task was given up; how many."""
        is_overdue = and_(stock_feeds.c.state.in_(_OPEN), stock_feeds.c.created_at < before)
        ended = {
            "state": FeedState.REFUSED.value,
            "code": "market.feed_overdue",
            "detail": "The feed waited for too long; its file is not kept any more. Send it again.",
            "ended_at": now,
        }
        with transaction(self._engine) as connection:
            return connection.execute(update(stock_feeds).where(is_overdue).values(**ended)).rowcount

    def open_feeds(self) -> Sequence[UUID]:
        """The feeds whose files are needed."""
        query = select(stock_feeds.c.feed_id).where(stock_feeds.c.state.in_(_OPEN))
        with translating(), self._engine.connect() as connection:
            return connection.scalars(query).all()

    def _deferred(self, connection: Connection, feed: Feed) -> Feed:
        if self._queue is None:
            raise AssertionError("a store without a queue defers nothing")
        arguments = {"feed_id": str(feed.feed_id)}
        lock = f"market stock {feed.source_id}"
        task_id = self._queue.defer(connection, TAKE_FEED, arguments, lock=lock, actor=feed.created_by)
        return replace(feed, task_id=UUID(task_id))


def _refuse_more_sources(connection: Connection, owner: Owner) -> None:
    count = select(func.count()).select_from(stock_sources).where(_owned_by(owner))
    if (connection.scalar(count) or 0) >= MOST_SOURCES:
        raise ConflictError(
            f"A dealer has at most {MOST_SOURCES} sources; use one of those that there are.",
            code="market.too_many_sources",
        )


def _confirmed(source_id: UUID, at: datetime) -> Update:
    return update(stock_sources).where(stock_sources.c.source_id == source_id).values(confirmed_at=at)


def _owned_by(owner: Owner) -> ColumnElement[bool]:
    """Which sources are an owner's own; those of its branches are not."""
    return and_(
        stock_sources.c.company_id == owner.company,
        stock_sources.c.branch_id.is_not_distinct_from(owner.branch),
    )


def _is_of(owner: Owner) -> ColumnElement[bool]:
    own: ColumnElement[bool] = stock_sources.c.company_id == owner.company
    return own if owner.branch is None else and_(own, stock_sources.c.branch_id == owner.branch)


def _source(row: RowMapping) -> StockSource:
    return StockSource(
        row["source_id"],
        Owner(row["company_id"], row["branch_id"]),
        row["name"],
        row["mapping_version"],
        row["digest"],
        row["digest_mapping"],
    )


_OF_FEED = (
    *("feed_id", "source_id", "digest", "file_name", "mapping_version", "is_preview", "accepted_removals"),
    *("created_at", "created_by", "ended_at", "code", "detail", "task_id"),
)


def _feed_row(feed: Feed) -> dict[str, Any]:
    plain = {name: getattr(feed, name) for name in _OF_FEED}
    report = null() if feed.report is None else dict(feed.report)
    return {**plain, "state": feed.state.value, "report": report}


def _feed(row: RowMapping) -> Feed:
    plain = {name: row[name] for name in _OF_FEED}
    return Feed(
        **plain,
        owner=Owner(row["company_id"], row["branch_id"]),
        source=row["name"],
        state=FeedState(row["state"]),
        report=row["report"],
    )


def _item_row(source_id: UUID, item: StockItem) -> dict[str, Any]:
    return {
        "listing_id": item.listing_id,
        "source_id": source_id,
        "vin": item.identity.vin,
        "reference": item.identity.reference,
        "likeness": item.identity.likeness,
        "odometer_km": item.identity.odometer_km,
        "digest": item.digest,
        "is_gone": item.is_gone,
    }

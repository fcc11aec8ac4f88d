"""Taking a table of a dealer as the stock that they have now: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from drivetrain.core.errors import (
    MAX_FIELD_ERRORS,
    ContractError,
    FieldError,
    InvalidInputError,
    UnreadableInputError,
)
from drivetrain.core.ids import new_ids
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.change_listings import (
    ChangedListings,
    ChangeListings,
    ListingChanges,
)
from drivetrain.market.stock.application.mapping import StockMapping
from drivetrain.market.stock.application.ports import (
    ItemChange,
    ReadStock,
    SetAside,
    StockStore,
    StockTable,
)
from drivetrain.market.stock.application.reports import report_of
from drivetrain.market.stock.domain.difference import ChangeKind, Difference, StockItem, difference
from drivetrain.market.stock.domain.feed import Feed, FeedState

NO_MAPPING = StockMapping()
_AT_ONCE = 2_000
"""Cars that are written at once."""

_T = TypeVar("_T")
Refusal = InvalidInputError | UnreadableInputError


@dataclass(frozen=True, slots=True)
class TakeFeed:
    """Reads a feed, then takes it in one transaction."""

    read: ReadStock
    store: StockStore
    change: ChangeListings
    set_aside: SetAside
    clock: Clock

    def prepare(self, feed: Feed, file: Path, progress: Progress) -> StockTable | Refusal | None:
        """Read the file of a feed, without changing anything.

        Returns:
            The table, or why it is none. None for a file that was taken last and needs no reading.

        Raises:
            UnavailableError: it cannot be read now.
        """
        source = self.store.source(feed.owner, feed.source)
        if feed.repeats(source) and not feed.is_preview:
            return None
        mapping = (
            self.store.mapping(source, feed.mapping_version).mapping if feed.mapping_version else NO_MAPPING
        )
        try:
            table = self.read(file, mapping, progress, with_profile=feed.is_preview)
        except (InvalidInputError, UnreadableInputError) as error:
            return error
        self.set_aside(feed.feed_id, table)
        return table

    def __call__(
        self, connection: Any, feed: Feed, table: StockTable | Refusal | None, progress: Progress
    ) -> Feed:
        """Take what was read, as far as it may be.

        Args:
            connection: of SQLAlchemy, in a transaction that does all of it or nothing.
            table: as ``prepare`` gave it.

        Returns:
            The feed as it has ended, or is held.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        source = self.store.lock_source(connection, feed.source_id)
        now = self.clock.now()
        if not isinstance(table, StockTable):
            ended = _without_table(feed, table)
        elif (refusal := _refusal(table)) is not None:
            ended = _refused(feed, refusal, report_of(table, None, None))
        elif feed.repeats(source) and not feed.is_preview:  # another one of the same file was faster
            ended = replace(feed, state=FeedState.UNCHANGED)
        else:
            ended = self._compare(connection, feed, table, now, progress)
        ended = replace(ended, ended_at=now)
        self.store.end_feed(connection, ended)
        return ended

    def _compare(
        self, connection: Any, feed: Feed, table: StockTable, now: datetime, progress: Progress
    ) -> Feed:
        with progress.stage("compare", total=len(table.cars), unit="cars") as stage:
            items = self.store.items(connection, feed.source_id)
            cars = [(each.identity, each.digest) for each in table.cars]
            change = difference(cars, items, table.refused_cars)
            stage.advance(len(cars))
        if change.removes_too_much(feed.accepted_removals):
            return _held(feed, change, report_of(table, change, None))
        if feed.is_preview:
            return replace(feed, state=FeedState.PREVIEWED, report=report_of(table, change, None))
        with progress.stage("write", total=1, unit="transaction") as stage:
            changed = self._write(connection, feed, table, change, now)
            stage.advance()
        return replace(feed, state=FeedState.TAKEN, report=report_of(table, change, changed))

    def _write(
        self, connection: Any, feed: Feed, table: StockTable, change: Difference, now: datetime
    ) -> ChangedListings:
        ids = [UUID(text) for text in new_ids(len(change.new))]
        changed = ChangedListings.joined(
            self.change(connection, feed.owner, part, at=now, by=feed.created_by)
            for part in _listing_changes(table, change, ids)
        )
        items = _item_changes(table, change, ids, changed.replaced)
        self.store.change_items(connection, feed.source_id, feed.feed_id, items)
        self.change.announce(connection, changed)
        return changed


def _listing_changes(table: StockTable, change: Difference, ids: Sequence[UUID]) -> Iterator[ListingChanges]:
    """The changes in parts, of which one at a time has its cars in memory."""
    offers = table.offers
    for new in _pieces(list(zip(ids, change.new, strict=True))):
        yield ListingChanges(new={listing_id: offers[place] for listing_id, place in new})
    for edited in _pieces(change.changed):
        yield ListingChanges(edited={item.listing_id: offers[place] for place, item in edited})
    for returned in _pieces(change.back):
        yield ListingChanges(returned={item.listing_id: offers[place] for place, item in returned})
    for withdrawn in _pieces(change.gone):
        yield ListingChanges(withdrawn={item.listing_id for item in withdrawn})


def _pieces(whole: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (whole[start : start + _AT_ONCE] for start in range(0, len(whole), _AT_ONCE))


def _item_changes(
    table: StockTable, change: Difference, ids: Sequence[UUID], replaced: Mapping[UUID, UUID]
) -> list[ItemChange]:
    def item(place: int, listing_id: UUID) -> StockItem:
        return StockItem(listing_id, table.cars[place].identity, table.cars[place].digest)

    def kept(kind: ChangeKind, place: int, former: StockItem) -> ItemChange:
        listing_id = replaced.get(former.listing_id, former.listing_id)
        return ItemChange(kind, item(place, listing_id), former.listing_id)

    return [
        *(
            ItemChange(ChangeKind.NEW, item(place, listing_id))
            for place, listing_id in zip(change.new, ids, strict=True)
        ),
        *(kept(ChangeKind.CHANGED, *each) for each in change.changed),
        *(kept(ChangeKind.BACK, *each) for each in change.back),
        *(
            ItemChange(ChangeKind.GONE, replace(former, is_gone=True), former.listing_id)
            for former in change.gone
        ),
    ]


def _without_table(feed: Feed, refusal: Refusal | None) -> Feed:
    if refusal is None:
        return replace(feed, state=FeedState.UNCHANGED)
    errors = [error.as_dict() for error in refusal.errors[:MAX_FIELD_ERRORS]]
    return _refused(feed, refusal, {"errors": errors})


def _refusal(table: StockTable) -> InvalidInputError | None:
    if table.missing:
        errors = [
            FieldError("input.missing_column", f"The column {name} is missing.", column=name)
            for name in table.missing
        ]
        return ContractError(errors, subject="The table")
    if not table.cars:
        return InvalidInputError("The table has no row that can be used.", code="data.no_good_rows")
    return None


def _refused(feed: Feed, refusal: Refusal, report: Mapping[str, Any]) -> Feed:
    return replace(feed, state=FeedState.REFUSED, code=refusal.code, detail=refusal.detail, report=report)


def _held(feed: Feed, change: Difference, report: Mapping[str, Any]) -> Feed:
    detail = (
        f"The table lacks {len(change.gone):,} of {change.stock:,} cars ({len(change.gone) / change.stock:.0%}). "
        "Nothing was changed; confirm it, or send the whole table."
    )
    state = FeedState.PREVIEWED if feed.is_preview else FeedState.HELD
    return replace(feed, state=state, code="market.too_many_removed", detail=detail, report=report)

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock

from drivetrain.core.errors import FieldError, UnreadableInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.market.listings.application.change_listings import ChangeListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.domain.events import ListingChange
from drivetrain.market.listings.domain.listing import Listing, Owner
from drivetrain.market.stock.application.mapping import StockMapping
from drivetrain.market.stock.application.ports import ItemChange, RefusedRow, StockTable
from drivetrain.market.stock.application.read_rows import RowReader
from drivetrain.market.stock.application.take_feed import TakeFeed
from drivetrain.market.stock.domain.difference import RefusedCars, StockItem
from drivetrain.market.stock.domain.feed import Feed, FeedState, StockSource

NOW = datetime(2026, 11, 30, tzinfo=UTC)
FIRM = Owner(UUID(int=1))
PROGRESS = SilentProgress()


class Stock:
    """Everything a feed is taken with, in memory: the ports ``StockStore`` (as far as it is asked) and ``ListingBatches``."""

    def __init__(self) -> None:
        self.known = StockSource(UUID(int=7), FIRM, "main")
        self.stock: dict[UUID, StockItem] = {}
        self.listings: dict[UUID, Listing] = {}
        self.ended: list[Feed] = []
        self.aside: list[StockTable] = []
        self.told = 0

    def source(self, owner: Owner, name: str) -> StockSource:
        return self.known

    def lock_source(self, connection: Any, source_id: UUID) -> StockSource:
        return self.known

    def items(self, connection: Any, source_id: UUID) -> Sequence[StockItem]:
        return list(self.stock.values())

    def change_items(
        self, connection: Any, source_id: UUID, feed_id: UUID, changes: Sequence[ItemChange]
    ) -> None:
        assert self.told == 0, "the events are written last"
        self.stock.update({each.item.listing_id: each.item for each in changes})

    def end_feed(self, connection: Any, feed: Feed) -> None:
        self.ended.append(feed)
        if feed.state is FeedState.TAKEN:
            self.known = replace(self.known, digest=feed.digest, digest_mapping=feed.mapping_version)

    def locked(self, connection: Any, owner: Owner, ids: Collection[UUID]) -> Sequence[Listing]:
        return [self.listings[each] for each in sorted(ids)]

    def add(self, connection: Any, new: Sequence[Listing]) -> None:
        self.listings.update({each.listing_id: each for each in new})

    def put(self, connection: Any, pairs: Sequence[tuple[Listing, Listing]]) -> None:
        self.listings.update({each.listing_id: each for each, _ in pairs})

    def announce(self, connection: Any, changes: Sequence[ListingChange]) -> None:
        self.told += len(changes)

    def taken(self, table: StockTable | UnreadableInputError, **fields: Any) -> Feed:
        """A table as the next feed."""

        def read(file: Path, mapping: StockMapping, progress: Any, *, with_profile: bool) -> StockTable:
            if isinstance(table, UnreadableInputError):
                raise table
            return table

        self.told = 0
        take = TakeFeed(
            read,
            self,
            ChangeListings(self),
            lambda _, refused: self.aside.append(refused),
            FixedClock(NOW),  # type: ignore[arg-type]
        )
        feed = Feed(
            **{
                **{"feed_id": UUID(int=9), "source_id": UUID(int=7), "owner": FIRM, "source": "main"},
                **{
                    "digest": f"{len(self.ended)}",
                    "file_name": "",
                    "mapping_version": 0,
                    "is_preview": False,
                },
                **{
                    "accepted_removals": 0,
                    "state": FeedState.WAITING,
                    "created_at": NOW,
                    "created_by": "ann",
                },
                **fields,
            }
        )
        return take(None, feed, take.prepare(feed, Path("table"), PROGRESS), PROGRESS)


def table(*references: str, price: float = 9_000, **fields: Any) -> StockTable:
    rows = RowReader(StockMapping())
    for number, reference in enumerate(references, start=1):
        rows.take(number, {**LISTING.example(), "vin": None, "price": price, "reference": reference})
    headings = {name: name for name in LISTING.names}
    return StockTable(
        LISTING.names, headings, total=len(references), cars=rows.cars, offers=rows.offers, **fields
    )


def test_a_feed_makes_listings_and_the_next_one_changes_them() -> None:
    stock = Stock()
    assert stock.taken(table("a", "b", "c", "d")).state is FeedState.TAKEN
    assert (len(stock.listings), stock.told) == (4, 4)
    feed = stock.taken(table("a", "b", "c", price=8_000))
    report = dict(feed.report or {})
    assert report["difference"] == {
        **{"stock": 4, "new": 0, "changed": 3, "back": 0, "gone": 1, "unchanged": 0, "kept": 0},
        **{"repriced": 3, "left": 0},
    }
    assert (stock.told, feed.ended_at) == (4, NOW)
    assert sum(item.is_gone for item in stock.stock.values()) == 1


def test_the_same_file_is_not_even_read() -> None:
    stock = Stock()
    stock.taken(table("a"), digest="x")
    assert stock.taken(UnreadableInputError("never read"), digest="x").state is FeedState.UNCHANGED
    assert stock.taken(table("a"), digest="x", is_preview=True).state is FeedState.PREVIEWED


def test_a_table_that_removes_much_is_held_until_it_is_confirmed() -> None:
    stock = Stock()
    stock.taken(table("a", "b", "c", "d"))
    held = stock.taken(table("a", "b"))
    assert (held.state, held.code) == (FeedState.HELD, "market.too_many_removed")
    assert "2 of 4 cars (50%)" in (held.detail or "")
    assert not any(item.is_gone for item in stock.stock.values())
    assert stock.taken(table("a", "b"), is_preview=True).state is FeedState.PREVIEWED
    assert stock.taken(table("a", "b"), accepted_removals=2).state is FeedState.TAKEN


def test_a_preview_changes_nothing() -> None:
    stock = Stock()
    feed = stock.taken(table("a"), is_preview=True)
    assert (feed.state, stock.listings, stock.stock) == (FeedState.PREVIEWED, {}, {})
    assert dict(feed.report or {})["difference"]["new"] == 1


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (UnreadableInputError("no table", code="input.not_a_table"), "input.not_a_table"),
        (table(missing=["price"]), "input.contract"),
        (table(), "data.no_good_rows"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_says_why(refused: Any, code: str) -> None:
    stock = Stock()
    stock.taken(table("a", "b"))
    feed = stock.taken(refused)
    assert (feed.state, feed.code) == (FeedState.REFUSED, code)
    assert not any(item.is_gone for item in stock.stock.values())


def test_refused_rows_are_set_aside_counted_and_their_cars_stay() -> None:
    stock = Stock()
    stock.taken(table("a", "b", "c", "d"))
    error = FieldError("market.unknown_fuel", "fuel is not accepted.", row=2, column="fuel")
    cells = ["Benzin" if name == "fuel" else "" for name in LISTING.names]
    broken = table(
        *("a", "b", "d"),
        refused=[RefusedRow(2, cells, [error])],
        refused_cars=RefusedCars(references=frozenset({"c"})),
        unread_words={"fuel": ["Benzin"]},
    )
    report = dict(stock.taken(broken).report or {})
    assert report["difference"]["kept"] == 1
    assert report["reasons"] == [
        {"column": "fuel", "code": "market.unknown_fuel", "count": 1, "example": {"row": 2, "cell": "Benzin"}}
    ]
    assert report["suggestions"]["words"] == {"fuel": {"Benzin": "petrol"}}
    assert stock.aside[-1] is broken

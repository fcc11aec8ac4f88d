from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drivetrain.market.listings.application.change_listings import (
    ChangedListings,
    ChangeListings,
    ListingChanges,
)
from drivetrain.market.listings.domain.car import Car, Distance, DistanceUnit
from drivetrain.market.listings.domain.events import ListingChange
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner
from drivetrain.market.listings.domain.money import Money

FIRM, RIVAL = Owner(UUID(int=1)), Owner(UUID(int=2))
BEFORE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
GOLF = Car("Volkswagen", "Golf", 2018, Distance(60_000, DistanceUnit.KM))
DEAR, CHEAP = Money(900_000, "EUR"), Money(800_000, "EUR")


class MemoryBatches:
    """The port ``ListingBatches`` in memory."""

    def __init__(self, *listings: Listing) -> None:
        self.kept = {each.listing_id: each for each in listings}
        self.told: list[ListingChange] = []

    def locked(self, connection: Any, owner: Owner, ids: Collection[UUID]) -> Sequence[Listing]:
        return [
            self.kept[each] for each in sorted(ids) if each in self.kept and self.kept[each].owner == owner
        ]

    def add(self, connection: Any, new: Sequence[Listing]) -> None:
        assert not {each.listing_id for each in new} & self.kept.keys()
        self.kept.update({each.listing_id: each for each in new})

    def put(self, connection: Any, pairs: Sequence[tuple[Listing, Listing]]) -> None:
        assert all(self.kept[former.listing_id] == former for _, former in pairs)
        self.kept.update({listing.listing_id: listing for listing, _ in pairs})

    def announce(self, connection: Any, changes: Sequence[ListingChange]) -> None:
        self.told += changes


def listing(number: int, state: ListingState = ListingState.LIVE, owner: Owner = FIRM) -> Listing:
    return Listing(UUID(int=number), owner, GOLF, DEAR, state, 1, BEFORE, BEFORE, "dealer", BEFORE)


def test_new_cars_go_live_with_their_first_price() -> None:
    store = MemoryBatches()
    change = ChangeListings(store)
    changed = change(None, FIRM, ListingChanges(new={UUID(int=9): (GOLF, CHEAP)}), at=NOW, by="feed")
    made = store.kept[UUID(int=9)]
    assert (made.state, made.version, made.live_at, made.price) == (ListingState.LIVE, 1, NOW, CHEAP)
    assert [each.price for each in made.prices] == [CHEAP]
    assert store.told == []
    change.announce(None, changed)
    assert store.told == [ListingChange.of(made, None)]


def test_changes_follow_the_rules_of_a_single_listing() -> None:
    states = list(ListingState)
    listings = [listing(number, state) for number, state in enumerate(states)]
    numbers = {state: UUID(int=number) for number, state in enumerate(states)}
    car = (replace(GOLF, color="red"), CHEAP)

    store = MemoryBatches(*listings)
    edited = ListingChanges(edited=dict.fromkeys(numbers.values(), car))
    changed = ChangeListings(store)(None, FIRM, edited, at=NOW, by="feed")
    assert (len(changed.changes), changed.repriced, changed.left) == (4, 4, 1)
    for state, listing_id in numbers.items():
        kept = store.kept[listing_id]
        assert kept.state is state
        assert (kept.price, kept.version) == ((DEAR, 1) if state is ListingState.SOLD else (CHEAP, 2))

    store = MemoryBatches(*listings)
    withdrawn = ListingChanges(withdrawn=set(numbers.values()))
    changed = ChangeListings(store)(None, FIRM, withdrawn, at=NOW, by="feed")
    left = {ListingState.SOLD, ListingState.WITHDRAWN}
    assert changed.left == len(left)
    assert {state for state, each in numbers.items() if store.kept[each].version == 1} == left


def test_a_car_that_is_back_goes_live_and_a_sold_one_begins_a_new_listing() -> None:
    store = MemoryBatches(listing(1, ListingState.WITHDRAWN), listing(2, ListingState.SOLD))
    back = ListingChanges(returned={UUID(int=1): (GOLF, CHEAP), UUID(int=2): (GOLF, CHEAP)})
    changed = ChangeListings(store)(None, FIRM, back, at=NOW, by="feed")
    assert store.kept[UUID(int=1)].state is ListingState.LIVE
    assert store.kept[UUID(int=2)].state is ListingState.SOLD
    made = store.kept[changed.replaced[UUID(int=2)]]
    assert (made.state, made.live_at, made.price) == (ListingState.LIVE, NOW, CHEAP)
    assert len(changed.changes) == 2


def test_parts_are_told_as_one() -> None:
    store = MemoryBatches(listing(1), listing(2, ListingState.SOLD))
    asked = (ListingChanges(edited={UUID(int=1): (GOLF, CHEAP)}), ListingChanges(withdrawn={UUID(int=2)}))
    change = ChangeListings(store)
    whole = ChangedListings.joined(change(None, FIRM, each, at=NOW, by="feed") for each in asked)
    assert (len(whole.changes), whole.repriced, whole.left) == (1, 1, 1)


def test_a_listing_of_somebody_else_stays_as_it_is() -> None:
    store = MemoryBatches(listing(1, owner=RIVAL))
    changes = ListingChanges(withdrawn={UUID(int=1)})
    assert ChangeListings(store)(None, FIRM, changes, at=NOW, by="feed").changes == []
    assert store.kept[UUID(int=1)].version == 1

"""Listings that nobody has changed for long are withdrawn, in pieces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.fakes import FixedClock
from tests.support.market import listed_car, listing_of

from drivetrain.market.listings.application.expire_listings import EXPIRY, ExpireListings
from drivetrain.market.listings.domain.listing import ListingState

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Stale:
    """The port ``StaleListings`` that hands out two listings at a time."""

    def __init__(self, count: int) -> None:
        self.waiting = [listing_of(listed_car(number)) for number in range(count)]
        self.changed = []
        self.before = set()

    def change_stale(self, before, most, change):
        assert most > 2
        self.before.add(before)
        piece, self.waiting = self.waiting[:2], self.waiting[2:]
        self.changed += map(change, piece)
        return len(piece)


def test_all_of_them_are_withdrawn():
    store = Stale(5)
    assert ExpireListings(store, FixedClock(NOW), timedelta(days=60))() == 5
    assert store.before == {NOW - timedelta(days=60)}
    assert {(each.state, each.version, each.changed_by, each.changed_at) for each in store.changed} == {
        (ListingState.WITHDRAWN, 3, EXPIRY, NOW)
    }


def test_none_is_no_error():
    assert ExpireListings(Stale(0), FixedClock(NOW), timedelta(days=60))() == 0

"""The index follows the log of listings."""

from __future__ import annotations

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.market import MemoryLiveCars, listed_car

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import NewEvent
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.query import SearchQuery
from drivetrain.market.search.domain.rates import RateTable


class Market:
    """Cars on sale with a log of what changes."""

    def __init__(self) -> None:
        self.log = MemoryEventLog()
        self.cars = MemoryLiveCars([listed_car(number) for number in range(5)])
        self.following = FollowListings(self.cars, self.log, RateTable())

    def changed(self, *numbers: int) -> None:
        events = [NewEvent(f"{number:08x}-0000-0000-0000-{0:012x}", b"{}") for number in numbers]
        self.log.append({LISTINGS: events})

    def colors(self) -> dict[str, int]:
        return dict(self.following.snapshot.index.search(SearchQuery()).facets["color"])  # type: ignore[arg-type]

    def car(self, number: int, **fields: object) -> None:
        car = listed_car(0, **fields)._replace(listing_id=f"{number:08x}{0:024x}")
        self.cars.cars[car.listing_id] = car


def test_nothing_is_searched_before_the_first_look():
    with pytest.raises(UnavailableError) as refused:
        _ = Market().following.snapshot
    assert refused.value.code == "market.search_not_ready"


def test_what_changes_is_taken_in_by_the_next_look():
    market = Market()
    market.following.look()
    assert len(market.following.snapshot.index) == 5
    market.car(7, color="red")
    market.changed(7)
    assert market.colors() == {}
    market.following.look()
    assert market.colors() == {"red": 1}
    market.car(7, color="gold", model="Isetta")
    market.changed(7, 7)
    market.following.look()
    assert market.colors() == {"gold": 1}
    assert market.following.snapshot.lexicon.make_of("isetta") == "BMW"
    market.cars.cars.pop(f"{7:08x}{0:024x}")
    market.changed(7)
    market.following.look()
    assert (market.colors(), len(market.following.snapshot.index)) == ({}, 5)


def test_who_searches_meanwhile_goes_on_with_the_former_index():
    market = Market()
    market.following.look()
    former = market.following.snapshot
    market.car(7)
    market.changed(7)
    market.following.look()
    assert (len(former.index), len(market.following.snapshot.index)) == (5, 6)


def test_words_are_kept_while_none_is_new():
    market = Market()
    market.following.look()
    lexicon = market.following.snapshot.lexicon
    market.car(7, price=1.0)
    market.changed(7)
    market.following.look()
    assert market.following.snapshot.lexicon is lexicon


def test_a_log_that_was_restored_is_read_from_the_start():
    market = Market()
    market.changed(1, 2, 3)
    market.following.look()
    market.log.rows.clear()
    market.log.next = dict.fromkeys(market.log.next, 0)
    market.car(9, color="red")
    market.following.look()
    assert market.colors() == {"red": 1}

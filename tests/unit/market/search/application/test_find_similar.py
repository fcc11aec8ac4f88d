"""Similar cars of a listing, within a usual budget or the limits that are given."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.market import MemoryListings, MemoryLiveCars, listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import SystemClock
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import ListingState
from drivetrain.market.search.application.find_similar import FindSimilar
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

RATES = RateTable.parse("2026-11-30 EUR=1 GBP=0.8")
BUYER = Caller("anna", "id", frozenset({"listings:read"}))


@pytest.fixture
def cars() -> MemoryLiveCars:
    prices = {1: 10_000.0, 2: 9_000.0, 3: 13_400.0, 4: 14_000.0, 5: 6_000.0}
    return MemoryLiveCars([listed_car(number, price=price) for number, price in prices.items()])


@pytest.fixture
def find(cars: MemoryLiveCars) -> FindSimilar:
    store = MemoryListings()
    store.add([listing_of(car) for car in cars.all()])
    following = FollowListings(cars, MemoryEventLog(), RATES)
    following.look()
    return FindSimilar(following, cars, KeepListings(store, SystemClock()), RATES)


def ask(find: FindSimilar, number: int = 1, currency: str | None = None, **limits: object):
    return find(UUID(int=number), SearchQuery(**limits), currency, BUYER)


def numbers(answer) -> list[int]:
    return [car.found.listing.listing_id.int for car in answer.cars]


def test_a_usual_budget_holds_and_is_shown(find):
    answer = ask(find)
    assert (numbers(answer), answer.total) == ([2, 3], 2)
    assert answer.query.ranges == {"price": Range(pytest.approx(7_000), pytest.approx(13_500))}
    assert answer.cars[0].reasons[0].text == "1,000 EUR less"


def test_a_budget_that_is_given_replaces_it(find):
    assert numbers(ask(find, ranges={"price": Range(high=8_000)})) == [5]


def test_a_budget_is_in_the_currency_that_is_named(find):
    answer = ask(find, currency="GBP", ranges={"price": Range(high=7_200)})
    assert (numbers(answer), answer.query.currency) == ([2, 5], "GBP")
    assert [car.found.price for car in answer.cars] == [pytest.approx(7_200), pytest.approx(4_800)]


def test_a_car_that_went_off_the_market_a_moment_ago_is_left_out(find, cars):
    cars.cars.pop(f"{2:032x}")
    assert numbers(ask(find)) == [3]


def test_a_sold_car_has_similar_ones_and_a_draft_is_unknown(find):
    store = find.listings.store
    store.kept[UUID(int=1)] = replace(store.kept[UUID(int=1)], state=ListingState.SOLD)
    assert numbers(ask(find)) == [2, 3]
    store.kept[UUID(int=1)] = replace(store.kept[UUID(int=1)], state=ListingState.DRAFT)
    with pytest.raises(NotFoundError, match="none"):
        ask(find)

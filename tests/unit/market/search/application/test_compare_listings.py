"""Listings side by side: in what they differ, and which is best in what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from tests.support.fakes import FixedClock
from tests.support.market import MemoryListings, listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.valuation import Valuation
from drivetrain.market.search.application.compare_listings import CompareListings
from drivetrain.market.search.domain.rates import RateTable

NOW = datetime(2026, 12, 1, tzinfo=UTC)
RATES = RateTable.parse("2026-11-30 EUR=1 GBP=0.8")
BUYER = Caller("anna", "c", frozenset())


def compared(*listings: Listing, ids: tuple[int, ...] = (1, 2, 3), currency: str | None = None):
    store = MemoryListings()
    store.add(listings)
    compare = CompareListings(KeepListings(store, FixedClock(NOW)), RATES, "EUR")
    return compare([UUID(int=each) for each in ids], currency, BUYER)


def worth(listing: Listing, value: int) -> Listing:
    money = Money(value * 100, listing.price.currency)
    return replace(listing, valuation=Valuation(money, money, money, "fair", 2020, "d", "m", "1", NOW))


def numbers(ids) -> list[int]:
    return [each.int for each in ids]


def test_the_best_of_each_number_is_named_across_currencies():
    answer = compared(
        worth(listing_of(listed_car(1, price=10_000.0, year=2020)), 9_000),
        worth(listing_of(listed_car(2, price=7_200.0, currency="GBP", year=2020)), 6_000),
        listing_of(listed_car(3, price=9_500.0)),
    )
    assert {name: numbers(ids) for name, ids in answer.best.items()} == {
        "price": [2],  # 9,000 EUR
        "year": [1, 2],
        "price_share": [1],
    }
    assert answer.differing == ["price", "year"]
    assert (answer.currency, answer.cars[1].price) == ("EUR", 9_000.0)


def test_the_order_is_that_of_the_link_and_each_listing_stands_once():
    cars = [listing_of(listed_car(number)) for number in (1, 2)]
    answer = compared(*cars, ids=(2, 1, 2))
    assert numbers(car.listing.listing_id for car in answer.cars) == [2, 1]
    assert (answer.differing, answer.best) == ([], {})


def test_what_the_caller_cannot_see_is_missing():
    draft = replace(listing_of(listed_car(1)), state=ListingState.DRAFT)
    answer = compared(draft, ids=(1, 2), currency="GBP")
    assert (answer.cars, numbers(answer.missing), answer.currency) == ([], [1, 2], "GBP")

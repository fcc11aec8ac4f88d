"""A text becomes filters beside those that were chosen, and the page is read whole."""

from __future__ import annotations

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.market import MemoryLiveCars, listed_car

from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.application.search_listings import SearchListings
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

RATES = RateTable.parse("2026-11-30 EUR=1 GBP=0.8")


@pytest.fixture
def cars() -> MemoryLiveCars:
    return MemoryLiveCars(
        [
            listed_car(1, price=16_000.0, currency="GBP", latitude=53.8, longitude=-1.5),
            listed_car(2, "BMW", "X5", price=10_000.0),
            listed_car(3, "Mazda", "3", price=10_000.0, currency="INR"),
        ]
    )


@pytest.fixture
def search(cars: MemoryLiveCars) -> SearchListings:
    following = FollowListings(cars, MemoryEventLog(), RATES)
    following.look()
    return SearchListings(following, cars, RATES)


def ask(search: SearchListings, text: str = "", currency: str | None = None, **fields: object):
    return search(SearchQuery(**fields), text, with_facets=True, currency=currency)


def test_filters_of_the_text_are_shown_and_applied(search):
    answer = ask(search, "bwm... bmw 3 seris under £17k")
    assert [car.listing.car.model for car in answer.cars] == ["3 Series"]
    assert answer.query.words == {"make": {"BMW"}, "model": {"3 Series"}}
    assert (answer.query.ranges, answer.query.currency) == ({"price": Range(high=17_000)}, "GBP")


def test_a_filter_that_was_chosen_wins_over_the_text(search):
    answer = ask(search, "bmw x5", words={"make": frozenset({"Mazda"}), "model": frozenset({"3"})})
    assert [car.listing.car.make for car in answer.cars] == ["Mazda"]


def test_prices_are_shown_in_the_currency_of_the_search(search):
    prices = {car.listing.car.model: car.price for car in ask(search).cars}
    assert prices == {"3 Series": pytest.approx(20_000.0), "X5": 10_000.0, "3": None}
    assert ask(search, currency="GBP").query.currency == "GBP"


def test_distances_are_shown_and_cars_without_a_place_counted(search):
    answer = ask(search, circle=Circle(53.8, -1.5, 10.0))
    assert [car.away_km for car in answer.cars] == [pytest.approx(0.0, abs=1e-6)]
    assert (answer.total, answer.without_place) == (1, 2)


def test_a_car_that_went_off_the_market_a_moment_ago_is_left_out(search, cars):
    cars.cars.pop(f"{2:032x}")
    answer = ask(search)
    assert (len(answer.cars), answer.total) == (2, 3)

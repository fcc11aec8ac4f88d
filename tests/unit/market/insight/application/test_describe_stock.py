"""The market's figures are those of a loop over the cars that pass the filters."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from statistics import median

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.market import MemoryLiveCars, listed_cars

from drivetrain.market.insight.application.describe_stock import DescribeStock
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

CARS = listed_cars(300)
RATES = RateTable.parse("2026-11-30 EUR=1 GBP=0.85 INR=95")  # none of ZAR
NOW = datetime.fromtimestamp(100 + 10 * 86_400, UTC)


@pytest.fixture(scope="module")
def describe() -> DescribeStock:
    following = FollowListings(MemoryLiveCars(CARS), MemoryEventLog(), RATES)
    following.look()
    return DescribeStock(following, FixedClock(NOW))


def test_figures_are_those_of_the_cars_that_pass(describe):
    stock = describe(SearchQuery(ranges={"year": Range(low=2015)}, currency="GBP"))
    cars = [car for car in CARS if car.year >= 2015]
    prices = {car.listing_id: RATES.converted(car.price, car.currency, "GBP") for car in cars}
    known = [price for price in prices.values() if price is not None]
    assert stock.total == len(cars)
    assert {each.value: each.cars for each in stock.makes} == Counter(car.make for car in cars)
    assert [each.value for each in stock.years] == sorted({car.year for car in cars})
    assert dict(stock.currencies) == Counter(car.currency for car in cars)
    assert (stock.price.known, stock.price.unknown) == (len(known), len(cars) - len(known))
    assert stock.price.median.value == pytest.approx(median(known))
    most = stock.makes[0]
    of_most = [prices[car.listing_id] for car in cars if car.make == most.value]
    assert most.median_price.value == pytest.approx(median(price for price in of_most if price is not None))
    assert stock.odometer_km.median.value == median(car.odometer_km for car in cars)
    days = [(NOW.timestamp() - car.live_at_s) / 86_400 for car in cars]
    assert stock.days_on_market.median.value == pytest.approx(median(days))


def test_of_no_cars_there_are_figures_too(describe):
    stock = describe(SearchQuery({"make": frozenset({"Trabant"})}, currency="EUR"))
    assert (stock.total, stock.makes, stock.years, stock.price.known) == (0, [], [], 0)

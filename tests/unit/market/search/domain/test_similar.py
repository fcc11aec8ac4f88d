"""Similar cars are exactly those that differ least, and never break a limit."""

from __future__ import annotations

import math

import pytest
from tests.support.market import listed_car, listed_cars

from drivetrain.market.search.domain.columns import ListedCar, word_key
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import WORDS, SimilarCars

RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "INR": 95.0})  # none of ZAR
CARS = listed_cars(500)
SIMILAR = SimilarCars.of(SearchIndex.of(CARS, RATES))
SCALES = {
    "year": (lambda year: year, 4.0, 1.0),
    "odometer_km": (lambda km: math.log(km + 5_000), 1.0, 0.8),
    "power_kw": (math.log, 0.4, 0.8),
    "engine_size_l": (lambda liters: liters, 0.8, 0.5),
    "doors": (lambda doors: doors, 2.0, 0.3),
    "seats": (lambda seats: seats, 2.0, 0.5),
}


def difference(car: ListedCar, other: ListedCar) -> float:
    """As the documentation has it, car by car."""
    price = RATES.converted(other.price, other.currency, car.currency)
    squares = [1.6**2 if price is None else (1.6 * math.log(price / car.price) / 0.6) ** 2]
    for name, (scale, unit, weight) in SCALES.items():
        number, number_of_other = getattr(car, name), getattr(other, name)
        if number is not None:
            apart = 1.0 if number_of_other is None else (scale(number) - scale(number_of_other)) / unit
            squares.append((weight * apart) ** 2)
    for name, weight in WORDS.items():
        word, word_of_other = getattr(car, name), getattr(other, name)
        if word is not None and word_of_other is None:
            squares.append(weight**2 / 2)
        elif word is not None and word_key(word) != word_key(word_of_other):
            squares.append(weight**2)
    return math.sqrt(sum(squares))


@pytest.mark.parametrize("car", [car for car in CARS[:60] if car.currency != "ZAR"])
def test_the_nearest_are_those_of_a_loop_over_all_cars(car):
    neighbors, total = SIMILAR.nearest(car, SearchQuery(currency=car.currency, size=15))
    others = [other for other in CARS if other.listing_id != car.listing_id]
    expected = sorted((difference(car, other), other.listing_id) for other in others)[:15]
    assert total == len(others)
    assert [each.difference for each in neighbors] == pytest.approx([apart for apart, _ in expected])
    assert {each.listing_id for each in neighbors[:10]} <= {identifier for _, identifier in expected}


def test_limits_are_never_broken_however_few_cars_are_left():
    car, by_id = CARS[0], {each.listing_id: each for each in CARS}
    limits = SearchQuery(
        {"fuel": frozenset({"diesel", "petrol"})},
        {"price": Range(high=20_000), "doors": Range(5, 5)},
        circle=Circle(51.0, -0.5, 80.0),
        currency="EUR",
        size=50,
    )
    neighbors, total = SIMILAR.nearest(car, limits)
    assert 0 < total == len(neighbors) < 50
    for other in (by_id[each.listing_id] for each in neighbors):
        price = RATES.converted(other.price, other.currency, "EUR")
        assert price is not None and price <= 20_000
        assert (other.fuel in {"diesel", "petrol"}, other.doors) == (True, 5)


def test_equally_different_cars_come_in_the_order_of_their_ids():
    cars = [listed_car(number) for number in range(9, 0, -1)]
    neighbors, total = SimilarCars.of(SearchIndex.of(cars)).nearest(cars[4], SearchQuery(size=3))
    assert [(int(each.listing_id, 16), each.difference) for each in neighbors] == [(1, 0), (2, 0), (3, 0)]
    assert total == 8


def test_a_car_of_a_currency_without_a_rate_is_compared_with_its_own_currency():
    cars = [listed_car(1, price=9_000.0, currency="ZAR"), listed_car(2, price=10_000.0)]
    similar = SimilarCars.of(SearchIndex.of(cars, RATES))
    (neighbor,), _ = similar.nearest(
        listed_car(3, price=9_000.0, currency="ZAR"),
        SearchQuery(ranges={"price": Range(low=1)}, currency="ZAR"),
    )
    assert (int(neighbor.listing_id, 16), neighbor.difference) == (1, 0)


def test_of_no_cars_none_is_similar():
    assert SimilarCars.of(SearchIndex.of([])).nearest(CARS[0], SearchQuery()) == ([], 0)

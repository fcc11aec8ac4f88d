"""Likeness to several cars is the mean of what similar cars count, less what is the same for every row."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.market import listed_car, listed_cars

from drivetrain.market.recommendations.domain.likeness import Likeness
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import SimilarCars

RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "INR": 95.0, "ZAR": 20.0})


def whole(number: int, **fields: object):
    known = {"fuel": "petrol", "gearbox": "manual", "body": "sedan", "drive": "rear", "power_kw": 100.0}
    return listed_car(number, **{**known, "engine_size_l": 2.0, "doors": 5, "seats": 5, **fields})


CARS = [
    whole(number, price=5_000.0 + 700 * number, year=2008 + number % 15, body=("sedan", "suv")[number % 2])
    for number in range(60)
]


def test_differences_between_rows_are_those_of_the_mean_over_the_cars():
    similar = SimilarCars.of(SearchIndex.of(CARS, RATES))
    seen = [whole(100, price=8_000.0), whole(101, price=21_000.0, body="suv", make="Fiat", model="500")]
    by_id = {}
    for car, weight in zip(seen, (1.0, 3.0), strict=True):
        for neighbor in similar.nearest(car, _all())[0]:
            by_id[neighbor.listing_id] = (
                by_id.get(neighbor.listing_id, 0.0) + weight / 4 * neighbor.difference**2
            )
    expected = np.array([by_id[car.listing_id] for car in CARS])
    rows = np.arange(len(CARS))
    found = Likeness(similar).unlikeness(seen, np.array([1.0, 3.0]), "EUR", rows)
    assert found - found[0] == pytest.approx(expected - expected[0], abs=1e-4)


def _all():
    from drivetrain.market.search.domain.query import SearchQuery

    return SearchQuery(size=100)


def test_a_car_is_most_like_itself_in_another_currency():
    cars = [whole(1, price=10_000.0), whole(2, price=8_500.0, currency="GBP"), whole(3, price=16_000.0)]
    similar = SimilarCars.of(SearchIndex.of(cars, RATES))
    found = Likeness(similar).unlikeness([cars[1]], np.ones(1), "EUR", np.arange(3))
    assert found[:2] == pytest.approx([0.0, 0.0], abs=1e-5)
    assert found[2] > 0.1


def test_what_is_unknown_is_a_number_all_the_same():
    cars = listed_cars(300)
    similar = SimilarCars.of(SearchIndex.of(cars, RateTable()))
    found = Likeness(similar).unlikeness(cars[:15], np.ones(15), "GBP", np.arange(300))
    assert np.isfinite(found).all()
    assert (found >= -1e-4).all()

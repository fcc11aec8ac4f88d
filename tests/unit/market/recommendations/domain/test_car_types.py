"""Rows get the type that their car has, whatever the index calls it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.market import listed_car, listed_cars

from drivetrain.market.recommendations.domain.car_types import LEVELS, price_bands, rows_of_types
from drivetrain.market.search.domain.columns import Columns

CARS = sorted(listed_cars(400), key=lambda car: car.listing_id)


@pytest.mark.parametrize("level", LEVELS)
def test_each_row_has_the_type_of_its_car(level):
    columns = Columns.of(CARS)
    types = sorted({LEVELS[level](car) for car in CARS[:40]})[:-1]
    places = rows_of_types(columns, level, types)
    expected = [types.index(of) if (of := LEVELS[level](car)) in types else len(types) for car in CARS]
    assert places.tolist() == expected
    assert len(types) in places


@pytest.mark.parametrize("level", LEVELS)
def test_a_type_that_no_row_has_is_nobodys(level):
    absent = LEVELS[level](listed_car(1, "Lada", "Niva", currency="INR"))
    assert set(rows_of_types(Columns.of(CARS[:50]), level, [absent]).tolist()) == {1}
    assert rows_of_types(Columns.of(CARS[:50]), level, []).tolist() == [0] * 50


def test_prices_within_a_third_may_share_a_band_and_twice_the_price_never_does():
    low, near, double = price_bands(np.array([10_000.0, 10_500.0, 20_000.0]))
    assert low == near < double
    assert price_bands(np.array([0.0, 1e15])).tolist() == [0, price_bands(np.array([1e15]))[0]]


def test_a_currency_is_a_type_of_its_own_and_a_writing_is_not():
    pounds, euros = (listed_car(1, currency=currency) for currency in ("GBP", "EUR"))
    assert LEVELS["banded"](pounds) != LEVELS["banded"](euros)
    assert LEVELS["model"](pounds) == LEVELS["model"](listed_car(2, "bmw", "3-series"))

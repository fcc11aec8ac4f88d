"""What is said of a car beside another one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivetrain.market.listings.domain.car import Car, Distance, DistanceUnit
from drivetrain.market.search.domain.comparison import compared

GOLF = Car(
    *("Volkswagen", "Golf", 2018, Distance(60_000, DistanceUnit.KM)),
    fuel="diesel",
    engine_size_l=2.0,
    power_kw=110.0,
    equipment=frozenset({"navigation"}),
)


def texts(other: Car, price: float | None = 15_000.0, car: Car = GOLF) -> list[str]:
    return [reason.text for reason in compared(car, 15_000.0, "EUR", other, price)]


def test_the_same_car_has_nothing_but_what_it_shares():
    assert texts(GOLF) == ["same model", "same engine"]


def test_differences_are_said_in_the_order_in_which_buyers_ask():
    other = replace(
        GOLF,
        make="VOLKSWAGEN",
        year=2019,
        distance=Distance(80_049, DistanceUnit.KM),
        power_kw=110.3,
        equipment=frozenset({"navigation", "heated_seats", "sunroof"}),
    )
    assert texts(other, 14_100.0) == [
        *("900 EUR less", "same model", "same engine", "1 year newer"),
        *("20,000 km more on the odometer", "also has heated seats, sunroof"),
    ]


def test_distances_are_said_in_the_unit_of_the_car_that_was_asked_about():
    british = replace(GOLF, distance=Distance(30_000, DistanceUnit.MILES))
    other = replace(GOLF, distance=Distance(16_093, DistanceUnit.KM), year=2016)
    assert texts(other, car=british)[-2:] == ["2 years older", "20,000 miles less on the odometer"]


@pytest.mark.parametrize(
    ("fields", "is_same"),
    [
        ({"power_kw": 115.0}, False),
        ({"engine_size_l": 1.6}, False),
        ({"fuel": "petrol"}, False),
        ({"fuel": None}, False),
        ({"power_kw": None}, False),  # unknown is not the same
        ({"engine_size_l": 1.968}, True),
    ],
)
def test_an_engine_is_the_same_in_fuel_size_and_power(fields, is_same):
    assert ("same engine" in texts(replace(GOLF, **fields))) is is_same


@pytest.mark.parametrize("price", [None, 15_000.0, 14_900.0])
def test_what_is_unknown_or_hardly_differs_is_not_said(price):
    other = replace(GOLF, distance=Distance(60_900, DistanceUnit.KM))
    assert texts(other, price) == ["same model", "same engine"]


def test_a_car_that_says_nothing_of_its_equipment_has_no_less_of_it():
    assert "also has" not in " ".join(texts(GOLF, car=replace(GOLF, equipment=frozenset())))

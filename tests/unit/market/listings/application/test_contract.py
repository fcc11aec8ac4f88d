"""What a car on offer must say."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.market.listings.application.contract import LISTING, read_listing, row_of
from drivetrain.market.listings.domain.car import Distance, DistanceUnit
from drivetrain.market.listings.domain.money import Money

CAR = {
    "make": "VW",
    "model": "Golf",
    "year": 2018,
    "distance": 30_000,
    "distance_unit": "mi",
    "price": 14_990,
    "currency": "GBP",
}


def test_the_example_is_read_and_written_again():
    car, price, warnings = read_listing(LISTING.example())
    assert not warnings
    again, same, _ = read_listing(row_of(car, price))
    assert (again, same) == (car, price)
    assert row_of(car, price).keys() == set(LISTING.names)


def test_words_are_those_of_the_market_and_the_distance_stays_as_given():
    car, price, _ = read_listing(
        {**CAR, "fuel": "Gasoline", "body": "Estate", "color": "grey", "drive": "4x4"}
    )
    assert (car.make, car.fuel, car.body, car.color, car.drive) == (
        "Volkswagen",
        "petrol",
        "wagon",
        "gray",
        "all",
    )
    assert car.distance == Distance(30_000, DistanceUnit.MILES)
    assert car.distance.km == pytest.approx(48_280.32)
    assert price == Money(1_499_000, "GBP")


def test_any_make_is_usual():
    assert read_listing({**CAR, "make": "Trabant"})[2] == ()


def test_equipment_is_a_list_of_known_words():
    car, _, _ = read_listing({**CAR, "equipment": "Heated Seats, navigation,, navigation"})
    assert car.equipment == {"heated_seats", "navigation"}


def test_a_description_has_lines_and_joiners():
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\nSecond line"
    assert read_listing({**CAR, "description": f" {text} "})[0].description == text


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"price": None}, "market.price_not_a_number", "/price"),
        ({"price": 0}, "market.price_out_of_range", "/price"),
        ({"price": 10.001}, "market.price_too_fine", "/price"),
        ({"currency": "XXX"}, "market.unknown_currency", "/currency"),
        ({"distance_unit": "leagues"}, "market.unknown_distance_unit", "/distance_unit"),
        ({"distance": -1}, "market.distance_out_of_range", "/distance"),
        ({"year": 2018.5}, "market.year_not_whole", "/year"),
        ({"make": ""}, "market.make_not_plain", "/make"),
        ({"equipment": "navigation, jacuzzi"}, "market.unknown_equipment", "/equipment"),
        ({"latitude": 53.8}, "market.half_a_place", "/latitude"),
        ({"country": "GBR"}, "market.bad_country", "/country"),
        ({"country": "ÄÖ"}, "market.bad_country", "/country"),
        ({"description": "x" * 4_001}, "market.bad_description", "/description"),
        ({"description": "a\x00b"}, "market.bad_description", "/description"),  # PostgreSQL has no such text
        ({"vin": "\u202edlos"}, "market.bad_vin", "/vin"),  # written from right to left
        ({"state": "live"}, "input.unknown_field", "/state"),
    ],
)
def test_what_is_wrong_is_named(fields, code, pointer):
    with pytest.raises(ContractError) as refused:
        read_listing({**CAR, **fields})
    assert [(error.code, error.pointer) for error in refused.value.errors] == [(code, pointer)]


def test_all_that_is_wrong_with_the_texts_is_named_at_once():
    with pytest.raises(ContractError) as refused:
        read_listing({**CAR, "country": "x", "vin": "x" * 65, "longitude": 1.0, "equipment": "a, b"})
    assert [error.pointer for error in refused.value.errors] == [
        "/vin",
        "/country",
        "/latitude",
        "/equipment",
        "/equipment",
    ]

"""A town is where the cars stand that name it."""

from __future__ import annotations

import pytest
from tests.support.market import listed_car

from drivetrain.market.search.domain.columns import Columns
from drivetrain.market.search.domain.places import Places

CARS = [
    *(listed_car(n, place="Leeds", country="GB", latitude=53.8, longitude=-1.5) for n in range(1, 3)),
    listed_car(3, place="leeds", country="GB", latitude=53.5, longitude=-1.8),
    *(listed_car(n, place="Newcastle", country="AU", latitude=-32.9, longitude=151.8) for n in range(4, 6)),
    listed_car(6, place="Newcastle", country="GB", latitude=55.0, longitude=-1.6),
    listed_car(7, place="Hull", country="GB"),
    listed_car(8, place=None, country="GB", latitude=50.0, longitude=0.0),
    listed_car(9, place="Zug", latitude=47.2, longitude=8.5),
]


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.of(Columns.of(CARS))


def test_a_town_is_the_mean_of_its_cars_in_any_writing(places):
    leeds = places.find(" LEEDS ")
    assert leeds is not None
    assert (leeds.name, leeds.cars) == ("Leeds", 3)
    assert (leeds.latitude, leeds.longitude) == pytest.approx((53.7, -1.6))


def test_of_two_towns_of_a_name_the_one_with_more_cars_is_meant_unless_a_country_is_named(places):
    assert places.find("newcastle").country == "AU"
    assert places.find("Newcastle, gb").latitude == 55.0
    assert places.find("Newcastle, US") is None
    assert places.find("zug").cars == 1


def test_towns_without_coordinates_are_not_known_and_others_are_offered(places):
    assert places.find("Hull") is None
    assert places.find("") is None
    assert places.alike("Leds, GB") == ["Leeds"]
    assert Places.of(Columns.of([])).find("Leeds") is None

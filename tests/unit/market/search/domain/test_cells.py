"""Every car with coordinates is in one cell, and in the bounds of it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.market import listed_car, listed_cars

from drivetrain.market.search.domain.cells import LONGEST_SIDE, cells_of
from drivetrain.market.search.domain.columns import Columns


def test_cells_hold_every_car_with_coordinates_once():
    cars = listed_cars(500)
    cells = cells_of(Columns.of(cars), np.arange(len(cars)))
    assert sum(cell.cars for cell in cells) == sum(car.latitude is not None for car in cars)
    assert 1 < len(cells) <= (LONGEST_SIDE + 1) ** 2
    for cell in cells:
        assert cell.south <= cell.latitude <= cell.north + 1e-9
        assert cell.west <= cell.longitude <= cell.east + 1e-9
        assert (cell.listing_id is None) == (cell.cars > 1)


def test_only_the_rows_that_are_asked_for_are_counted_and_an_only_car_is_named():
    columns = Columns.of([listed_car(n, latitude=50.0 + n, longitude=0.0) for n in range(3)])
    (cell,) = cells_of(columns, np.array([1]))
    assert (cell.cars, cell.listing_id, cell.latitude) == (1, f"{1:032x}", 51.0)


@pytest.mark.parametrize("places", [[], [(90.0, 0.0), (-90.0, 179.9)], [(53.8, -1.5)] * 4])
def test_no_cars_the_poles_and_a_single_town_are_cells_too(places):
    cars = [listed_car(n, latitude=up, longitude=right) for n, (up, right) in enumerate(places)]
    cells = cells_of(Columns.of(cars), np.arange(len(cars)))
    assert sum(cell.cars for cell in cells) == len(places)

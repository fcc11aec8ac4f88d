"""Distances between community areas are those of the map."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.trips.city.domain.areas import CENTROIDS, straight_km, street_km

LOOP, OHARE, ROGERS_PARK, HEGEWISCH = 32, 76, 1, 55


def test_every_area_lies_in_chicago_and_the_unknown_place_nowhere():
    assert CENTROIDS.shape == (78, 2)
    assert np.isnan(CENTROIDS[0]).all()
    latitude, longitude = CENTROIDS[1:].T
    assert ((latitude > 41.6) & (latitude < 42.1) & (longitude > -88.0) & (longitude < -87.5)).all()
    assert len(np.unique(CENTROIDS[1:], axis=0)) == 77


@pytest.mark.parametrize(
    ("one", "other", "km"), [(LOOP, OHARE, 26.3), (ROGERS_PARK, HEGEWISCH, 40.4), (LOOP, LOOP, 0.0)]
)
def test_distances_are_those_of_the_map(one, other, km):
    assert straight_km()[one, other] == pytest.approx(km, abs=0.5)


def test_streets_are_never_shorter_than_the_straight_line_nor_longer_than_its_detour_around_a_corner():
    straight, street = straight_km()[1:, 1:], street_km()[1:, 1:]
    assert (street >= straight - 1e-9).all()
    assert (street <= straight * np.sqrt(2) + 1e-3).all()
    assert np.array_equal(street, street.T)
    assert np.isnan(straight_km()[0]).all()

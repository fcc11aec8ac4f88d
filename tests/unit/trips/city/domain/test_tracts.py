"""Tracts lie in their areas, and between areas the finer table says what the coarser one says."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.city.domain.areas import AREAS, CENTROIDS, PLACES, straight_km, street_km
from drivetrain.trips.city.domain.tracts import AREA_OF_POINT, COUNTY, POINTS, ends_table, points_of_tracts

LOOP, OHARE = COUNTY + 839_100, COUNTY + 980_000
FAR_KM = 5.0


def test_tracts_are_found_by_their_numbers_and_others_are_not():
    points = points_of_tracts(np.asarray([LOOP, OHARE, 0, COUNTY, COUNTY + 999_999]))
    assert AREA_OF_POINT[points].tolist() == [32, 76, 0, 0, 0]
    assert (points[:2] >= PLACES).all()
    assert points[2:].tolist() == [0, 0, 0]


def test_every_tract_lies_near_the_middle_of_its_area():
    assert ((AREA_OF_POINT[PLACES:] >= 1) & (AREA_OF_POINT[PLACES:] <= AREAS)).all()
    from_area_to_tract = AREA_OF_POINT[PLACES:] * POINTS + np.arange(PLACES, POINTS)
    assert ends_table()[from_area_to_tract, 0].max() < FAR_KM


def test_between_areas_the_numbers_are_those_of_the_areas_to_the_bit():
    pickup, dropoff = np.divmod(np.arange(PLACES * PLACES), PLACES)
    ends = ends_table()[pickup * POINTS + dropoff]
    expected = [straight_km().ravel(), street_km().ravel(), CENTROIDS[pickup], CENTROIDS[dropoff]]
    assert ends.tobytes() == np.column_stack(expected).tobytes()

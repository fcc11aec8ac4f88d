"""The parameters made by hand describe a large city, coarsely."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.city.domain.areas import UNKNOWN_AREA
from drivetrain.trips.rides.domain.areas import LOOP, NEAR_NORTH, OHARE
from drivetrain.trips.rides.model.built_in import built_in


def test_the_center_and_the_airport_attract_most() -> None:
    share = built_in().when.pair_share
    known = np.argsort(-share.sum(axis=1)[1:])[:3] + 1
    assert set(known.tolist()) == {NEAR_NORTH, LOOP, OHARE}
    assert 0.05 < share[UNKNOWN_AREA].sum() < 0.15
    assert share.min() > 0


def test_weekdays_have_two_peaks_and_fridays_the_most_rides() -> None:
    per_hour = built_in().when.rides_per_hour
    tuesday = per_hour[1]
    assert tuesday[8] > 2 * tuesday[5]
    assert tuesday[17] > tuesday[12]
    assert tuesday[3] < tuesday[17] / 5
    assert per_hour.sum(axis=1).argmax() == 4
    assert per_hour[5, 1] > tuesday[1]  # people go home late on Saturday night


def test_offices_empty_in_the_evening_and_homes_in_the_morning() -> None:
    profile = built_in().when.area_profile
    assert profile[LOOP, 17] > profile[LOOP, 8]
    assert profile[1, 8] > profile[1, 17]

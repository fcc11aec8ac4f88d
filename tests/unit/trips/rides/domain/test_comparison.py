"""How far rides are apart."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.rides import day_of_rides, some_rides

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.domain.comparison import (
    MEASURES,
    apart,
    total_variation,
)


def test_the_same_rides_are_not_apart() -> None:
    day = day_of_rides(rides=500)
    assert apart(day, day) == {measure.key: pytest.approx(0.0) for measure in MEASURES}


def test_every_measure_grows_with_what_it_measures() -> None:
    n = 200
    one = some_rides(n)
    other = some_rides(
        n,
        pickup_community_area=np.full(n, 1, dtype=np.int16),
        dropoff_community_area=np.full(n, 2, dtype=np.int16),
        trip_start_timestamp=np.full(n, np.datetime64("2022-03-01T20:00", "us")),
        trip_miles=np.full(n, 2.5),
    )
    found = apart(one, other)
    assert (
        found["pairs_tv"]
        == found["pairs_js"]
        == found["pickups_tv"]
        == found["dropoffs_tv"]
        == found["hours_tv"]
        == 1.0
    )
    assert found["miles_ks"] == 1.0
    assert found["miles_wasserstein"] == pytest.approx(1.0)
    assert found["minutes_wasserstein"] == 0.0
    assert found["mph_wasserstein"] == pytest.approx(1.0 / 9 * 60)


def test_medians_of_frequent_pairs_are_compared_in_minutes() -> None:
    longer = some_rides(150, duration_min=np.full(150, 12.0))
    assert apart(longer, some_rides(150))["pair_minutes"] == pytest.approx(3.0)
    assert apart(longer, some_rides(50))["pair_minutes"] == 0.0  # a pair with few rides says nothing


def test_shares_by_hand() -> None:
    one, other = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])
    assert total_variation(one, other) == 0.5


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(InvalidInputError):
        apart(some_rides(0), some_rides(1))

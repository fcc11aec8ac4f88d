"""Groups of rides: fitting and drawing must put a ride into the same one."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.domain.areas import LOOP, MIDWAY, OHARE
from drivetrain.trips.rides.model.groups import (
    AIRPORT_STAND,
    FARE_BANDS,
    FARE_GROUPS,
    MILE_BANDS,
    PAIRS,
    SPEED_GROUPS,
    SURCHARGE_GROUPS,
    fare_groups,
    speed_groups,
    surcharge_groups,
)


def test_an_odometer_that_shows_far_less_than_the_way_is_not_trusted() -> None:
    pairs = np.array([OHARE * PLACES + LOOP, OHARE * PLACES + LOOP, LOOP * PLACES + LOOP, LOOP])
    trust = speed_groups(pairs, np.array([17.0, 2.0, 0.2, 5.0])) // MILE_BANDS
    assert trust.tolist() == [0, 1, 0, 2]


def test_every_ride_has_a_group() -> None:
    rng = np.random.default_rng(1)
    pairs = rng.integers(PAIRS, size=5_000)
    miles, minutes, fare = (
        rng.exponential(8, 5_000) + 0.1,
        rng.exponential(20, 5_000) + 1,
        rng.exponential(20, 5_000),
    )
    for groups, most in (
        (speed_groups(pairs, miles), SPEED_GROUPS),
        (fare_groups(pairs, miles, minutes), FARE_GROUPS),
        (surcharge_groups(pairs, fare), SURCHARGE_GROUPS),
    ):
        assert groups.min() >= 0
        assert groups.max() < most


def test_surcharges_know_the_airports() -> None:
    pairs = np.array([0, LOOP, 1, MIDWAY, OHARE]) * PLACES + LOOP
    stands = surcharge_groups(pairs, np.full(5, 10.0)) // FARE_BANDS
    assert len(set(stands.tolist())) == 5
    assert (stands[3:] >= AIRPORT_STAND).all()
    assert (stands[:3] < AIRPORT_STAND).all()

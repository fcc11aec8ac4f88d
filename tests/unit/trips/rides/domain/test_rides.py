"""Rides by column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.domain.rides import Rides


def rides(n: int, *, n_fares: int | None = None) -> Rides:
    numbers = np.arange(n, dtype=np.float64)
    return Rides(
        pickup_community_area=np.arange(n, dtype=np.int16),
        dropoff_community_area=np.arange(n, dtype=np.int16),
        trip_start_timestamp=np.full(n, np.datetime64("2022-03-01T12:00:00", "us")),
        fare=np.arange(n if n_fares is None else n_fares, dtype=np.float64),
        trip_total=numbers,
        trip_miles=numbers,
        duration_min=numbers,
    )


def test_a_part_keeps_the_columns_together() -> None:
    part = rides(5).part(1, 3)
    assert len(part) == 2
    assert part.pickup_community_area.tolist() == [1, 2]
    assert part.duration_min.tolist() == [1.0, 2.0]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="differ in length"):
        rides(3, n_fares=2)


def test_the_fingerprint_is_that_of_the_rides_and_of_how_long_they_took() -> None:
    same = rides(5).fingerprint()
    assert rides(5).fingerprint() == same and len(same) == 32
    base = rides(5)
    changed = (
        rides(4),
        base.chosen([1, 0, 2, 3, 4]),
        replace(base, pickup_community_area=base.pickup_community_area[::-1]),
        replace(base, dropoff_community_area=base.dropoff_community_area[::-1]),
        replace(base, trip_start_timestamp=base.trip_start_timestamp + np.timedelta64(1, "us")),
        replace(base, duration_min=base.duration_min + 0.001),
        replace(base, duration_min=np.full(5, np.nan)),
    )
    assert len({same, *(each.fingerprint() for each in changed)}) == 1 + len(changed)


def test_the_last_bit_of_a_duration_and_the_money_do_not_change_the_fingerprint() -> None:
    base = rides(5)
    other = replace(base, duration_min=np.nextafter(base.duration_min, np.inf), fare=base.fare + 1)
    assert other.fingerprint() == base.fingerprint()


def test_no_rides_have_a_fingerprint_of_their_own() -> None:
    assert rides(0).fingerprint() not in ("", rides(1).fingerprint())

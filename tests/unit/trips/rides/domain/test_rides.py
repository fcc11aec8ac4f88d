"""Rides by column."""

from __future__ import annotations

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

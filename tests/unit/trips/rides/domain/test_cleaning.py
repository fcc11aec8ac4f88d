"""Which reported rides are believed."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.rides import some_rides

from drivetrain.trips.rides.domain.cleaning import believable


def test_a_plain_ride_is_believed_also_with_unknown_areas() -> None:
    assert believable(some_rides(1)).all()
    assert believable(some_rides(1, pickup_community_area=np.zeros(1, dtype=np.int16))).all()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("duration_min", 0.0),  # the meter was switched on and off
        ("duration_min", 400.0),  # it was left running
        ("duration_min", np.nan),
        ("trip_miles", 0.0),  # a silent odometer
        ("trip_miles", 512.0),
        ("trip_miles", 20.0),  # in nine minutes
        ("trip_miles", np.nan),
        ("fare", 0.0),
        ("fare", 7_400.0),
        ("fare", np.nan),
        ("trip_total", 7.0),  # less than the fare
        ("trip_total", np.nan),
    ],
)
def test_what_cannot_be_is_not_believed(column: str, value: float) -> None:
    assert not believable(some_rides(1, **{column: np.array([value])})).any()

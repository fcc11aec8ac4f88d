"""From columns of a table to rides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.trips.rides.domain.columns import COLUMNS, rides_of


def columns(**changed: Any) -> dict[str, Any]:
    plain = {
        "trip_start_timestamp": np.array(
            ["2022-03-01T18:30", "2022-03-01T18:00", "NaT"], dtype="datetime64[us]"
        ),
        "pickup_community_area": [8.0, None, 32.0],
        "dropoff_community_area": [32.0, 8.0, 32.0],
        "trip_seconds": [540.0, 60.0, 60.0],
        "trip_miles": [1.5, 0.0, 1.0],
        "fare": [8.0, None, 5.0],
        "trip_total": [10.0, None, 5.0],
    }
    return {**plain, **changed}


def test_rides_come_in_order_of_their_starts_and_those_without_are_left_out() -> None:
    rides = rides_of(columns())
    assert rides.pickup_community_area.tolist() == [0, 8]
    assert rides.duration_min.tolist() == [1.0, 9.0]
    assert np.isnan(rides.fare[0])


@pytest.mark.parametrize("area", [0.0, 78.0, -3.0, 8.5, float("nan")])
def test_what_is_no_area_is_unknown(area: float) -> None:
    assert rides_of(columns(pickup_community_area=[area, area, area])).pickup_community_area.tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_missing_column_is_named(name: str) -> None:
    held = columns()
    del held[name]
    with pytest.raises(ContractError) as refused:
        rides_of(held)
    assert [error.column for error in refused.value.errors] == [name]


def test_words_where_numbers_belong_are_refused() -> None:
    with pytest.raises(InvalidInputError) as refused:
        rides_of(columns(fare=["much", "2", "3"]))
    assert refused.value.code == "trips.bad_columns"


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidInputError):
        rides_of(columns(fare=[1.0]))

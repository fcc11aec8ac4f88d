"""Reported outcomes: read strictly, and taken from rides that carry their duration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.support.trip_quality_fakes import BEGIN, NOW, octets, trip_id

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.outcomes.domain.outcomes import (
    CLOCK_SKEW,
    TripOutcomes,
    outcomes_of_rides,
    read_outcomes,
)
from drivetrain.trips.rides.domain.rides import Rides

ID = trip_id(BEGIN, 7)


def row(**said: object) -> dict[str, object]:
    return {"trip_id": str(ID), "duration_min": None, "ended_at": None, **said}


def rides(*minutes: float) -> Rides:
    count = len(minutes)
    areas = np.full(count, 8, dtype=np.int16)
    amounts = np.full(count, np.nan)
    starts = np.full(count, "2026-05-04T05:01", dtype="datetime64[us]")
    return Rides(areas, areas, starts, amounts, amounts, amounts, np.array(minutes))


def test_rows_become_columns_in_their_order() -> None:
    end = "2026-05-04T00:21:00.000001-05:00"
    read = read_outcomes([(1, row(duration_min=12)), (4, row(trip_id=ID.hex.upper(), ended_at=end))], NOW)
    assert read.failed == {}
    assert read.numbers.tolist() == [1, 4]
    assert read.outcomes.trip_ids.tolist() == [ID.bytes, ID.bytes]
    assert read.outcomes.duration_min[0] == 12.0 and np.isnan(read.outcomes.duration_min[1])
    assert np.isnat(read.outcomes.ended_at[0])
    assert read.outcomes.ended_at[1].item() == datetime(2026, 5, 4, 5, 21, 0, 1)  # as numpy gives it


def test_no_rows_are_no_outcomes() -> None:
    assert len(read_outcomes([], NOW).outcomes) == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"trip_id": "7", "duration_min": 5}, "trips.bad_trip_id"),
        ({"trip_id": f"{{{ID}}}", "duration_min": 5}, "trips.bad_trip_id"),  # braces, as Windows writes them
        ({"trip_id": f"{ID}\n", "duration_min": 5}, "trips.bad_trip_id"),
        ({"trip_id": "٠" * 32, "duration_min": 5}, "trips.bad_trip_id"),  # digits of another script
        ({}, "trips.one_of_duration_and_end"),
        ({"duration_min": 5, "ended_at": "2026-05-04T05:10:00Z"}, "trips.one_of_duration_and_end"),
        ({"duration_min": 0}, "trips.duration_min_out_of_range"),
        ({"duration_min": float("nan")}, "trips.duration_min_out_of_range"),
        ({"duration_min": float("inf")}, "trips.duration_min_out_of_range"),
        ({"duration_min": 1_440.001}, "trips.duration_min_out_of_range"),
        ({"ended_at": "2026-05-04"}, "input.bad_instant"),
        ({"ended_at": "2026-05-04T05:10:00"}, "input.bad_instant"),
        ({"ended_at": "9999-12-31T23:59:59-14:00"}, "input.bad_instant"),
        ({"ended_at": (NOW + CLOCK_SKEW + timedelta(seconds=1)).isoformat()}, "trips.ended_in_the_future"),
    ],
)
def test_what_cannot_be_true_is_named_by_its_row(said: dict[str, object], code: str) -> None:
    read = read_outcomes([(1, row(duration_min=5)), (2, row(**said)), (3, row(duration_min=1_440))], NOW)
    assert {number: error.code for number, error in read.failed.items()} == {2: code}
    assert read.numbers.tolist() == [1, 3]


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    assert (
        read_outcomes([(1, row(ended_at=(NOW + CLOCK_SKEW).astimezone(UTC).isoformat()))], NOW).failed == {}
    )


def test_rides_without_a_possible_duration_are_left_out() -> None:
    ids = octets(*(trip_id(BEGIN, number) for number in range(5)))
    found = outcomes_of_rides(ids, rides(12.5, np.nan, 0.0, 1_441.0, 1_440.0))
    assert found.trip_ids.tolist() == [ids.tolist()[0], ids.tolist()[4]]
    assert found.duration_min.tolist() == [12.5, 1_440.0]
    assert np.isnat(found.ended_at).all()


def test_every_ride_needs_its_id_and_every_column_its_row() -> None:
    with pytest.raises(InvalidInputError):
        outcomes_of_rides(octets(ID), rides(5.0, 6.0))
    with pytest.raises(InvalidInputError):
        TripOutcomes(octets(ID), np.array([5.0, 6.0]), np.array(["NaT"], dtype="datetime64[us]"))

"""A served version answers one ride as a million, explains itself in minutes, and is coarser where it knows less."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.trips import TRIP, rides_of, small_model, small_table, small_training, trip

from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.duration.domain.duration import durations
from drivetrain.trips.duration.model.contract import TRIP_DURATION
from drivetrain.trips.duration.model.predictor import TABLES_FILE, load
from drivetrain.trips.rides.domain.rides import Rides

FIGURES = ("features", "duration_min", "low", "high")


def estimate(**changed):
    return small_model().estimate(as_columns([trip(**changed)], list(trip(**changed))))


def test_rides_by_column_and_rows_are_answered_with_the_same_bits():
    rows = small_table().rows
    by_row, by_ride = small_model().estimate(rows), small_model().estimate_rides(rides_of(rows))
    for name in FIGURES:
        assert getattr(by_row, name).tobytes() == getattr(by_ride, name).tobytes()


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_the_figures_do_not_depend_on_how_rides_are_cut_into_chunks(size):
    rides = rides_of(small_table().rows).part(0, 1_000)
    whole = small_model().estimate_rides(rides)
    parts = [small_model().estimate_rides(rides.part(at, at + size)) for at in range(0, len(rides), size)]
    for name in FIGURES:
        assert b"".join(getattr(part, name).tobytes() for part in parts) == getattr(whole, name).tobytes()


def test_no_rides_are_no_estimates():
    none = rides_of(small_table().rows).part(0, 0)
    assert [len(getattr(small_model().estimate_rides(none), name)) for name in FIGURES] == [0, 0, 0, 0]
    assert isinstance(none, Rides)


def test_the_range_holds_the_duration_and_both_stay_what_counts_as_a_trip():
    estimates = small_model().estimate(small_table().rows)
    assert (estimates.low >= 1).all()
    assert (estimates.low <= estimates.duration_min).all()
    assert (estimates.duration_min <= estimates.high).all()
    assert (estimates.high <= 120).all()


def test_reasons_add_up_to_the_answer_to_the_hundredth():
    rows = small_table().rows
    for at in range(0, 60):
        row = {name: rows[name][at] for name in TRIP_DURATION.names}
        estimates = small_model().estimate(as_columns([row], TRIP_DURATION.names))
        (answered,) = durations(estimates.duration_min, estimates.low, estimates.high)
        told = small_model().explain(row, estimates.features[0], answered.duration_min)
        total = sum(round(reason.effect * 100) for reason in told.reasons)
        assert total == round(answered.duration_min * 100) - round(told.average_min * 100)
        sizes = [abs(reason.effect) for reason in told.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert {reason.name for reason in told.reasons} == {
            *TRIP,
            "street_km",
            "typical_duration_min",
        }


def test_what_is_typical_rests_on_the_trips_of_the_table():
    rows = small_table().rows
    pairs = list(zip(rows["pickup_community_area"], rows["dropoff_community_area"], strict=True))
    estimates = estimate()
    told = small_model().explain(trip(), estimates.features[0], 10.0).typical
    assert told.trips_of_pair == pairs.count((8, 32))
    assert 0 <= told.trips_at_hour <= told.trips_of_pair
    assert told.hours == "working days, 15:00 to 19:00"


def test_farther_takes_longer_and_an_unknown_end_is_answered_too():
    assert estimate(dropoff_community_area=76).duration_min[0] > estimate().duration_min[0] + 10
    for unknown in ({"pickup_community_area": None}, {"dropoff_community_area": None}):
        coarse = estimate(**unknown)
        assert 1 <= coarse.low[0] < coarse.duration_min[0] < coarse.high[0] <= 120


def test_both_halves_of_the_autumn_hour_get_one_answer_and_the_hours_beside_it_are_an_hour_apart():
    instants = ("2024-11-03T06:30:00Z", "2024-11-03T07:30:00Z")
    first, second = (estimate(trip_start_timestamp=at) for at in instants)
    assert first.features.tobytes() == second.features.tobytes()


def test_a_table_of_the_wrong_length_is_refused():
    files = dict(small_training().files)
    with pytest.raises(ArtifactRefusedError):
        load({**files, TABLES_FILE: files[TABLES_FILE][:-8]}, ModelRef("trip-duration", "1"))


def test_a_changed_table_fails_the_self_test():
    files = dict(small_training().files)
    changed = np.frombuffer(files[TABLES_FILE], dtype="<f8") * 3
    with pytest.raises(ArtifactRefusedError, match="stored rows"):
        load({**files, TABLES_FILE: changed.tobytes()}, ModelRef("trip-duration", "1"))

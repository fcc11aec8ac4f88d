"""A served version answers one ride as a million, explains itself in minutes, and is coarser where it knows less."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.trips import RECIPE, TRIP, rides_of, small_model, small_table, small_training, trip

from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError, json_file
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file
from drivetrain.trips.duration.domain.duration import durations
from drivetrain.trips.duration.model.contract import DROPOFF_TRACT, PICKUP_TRACT, TRIP_DURATION
from drivetrain.trips.duration.model.predictor import (
    FEWEST_IN_BAND,
    SETTINGS_FILE,
    SPREAD_FILE,
    TABLES_FILE,
    TripDurationModel,
    load,
    self_test_answers,
)
from drivetrain.trips.duration.model.training import train_duration
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


def test_a_version_from_before_the_spread_and_the_tracts_is_loaded_and_answers():
    """Its margins are minutes, it stored rows without tracts, and it has no file of the spread."""
    files = {name: content for name, content in small_training().files.items() if name != SPREAD_FILE}
    settings = json.loads(files[SETTINGS_FILE])
    for name in ("knows_tracts", "trips_by_band"):
        del settings[name]
    del settings["ranges"]["new"]
    files[SETTINGS_FILE] = json_file(settings)
    older = TripDurationModel(files, ModelRef("trip-duration", "1"))
    rows = [TRIP]
    files[SELF_TEST_FILE] = self_test_file(rows, self_test_answers(older, rows))
    loaded = load(files, ModelRef("trip-duration", "1"))
    answered = loaded.estimate(as_columns([trip(pickup_census_tract=17_031_081_500)], [*TRIP, PICKUP_TRACT]))
    assert answered.duration_min.tobytes() == estimate().duration_min.tobytes()
    assert answered.novelties[0].pickup_tract


def test_a_pair_without_trips_has_a_wider_range_than_its_spread_alone_gives():
    ranges = json.loads(small_training().files[SETTINGS_FILE])["ranges"]
    for side in ("below", "above"):
        assert (np.asarray(ranges["new"][side]) >= np.asarray(ranges["known"][side])).all()
    assert estimate(pickup_community_area=54, dropoff_community_area=55).novelties[0].pair
    assert not estimate().novelties


def with_tracts() -> TrainingTable:
    """The small table, its trips between two areas with tracts that tell short trips from long ones."""
    table = small_table()
    is_pair = np.asarray(table.rows["pickup_community_area"]) == 8
    is_long = table.target > np.median(table.target[is_pair])
    tracts = [
        (17_031_081_500 if long else 17_031_081_403) if known else None
        for known, long in zip(is_pair.tolist(), is_long.tolist(), strict=True)
    ]
    ends = [None] * len(table.target)
    return TrainingTable({**table.rows, PICKUP_TRACT: tracts, DROPOFF_TRACT: ends}, table.target)


def test_a_tract_is_learned_from_and_a_wrong_one_is_not_used():
    trained = train_duration(with_tracts(), RECIPE, None, SilentProgress())
    model = load(trained.files, ModelRef("trip-duration", "2"))

    def minutes(tract: int | None, area: int | None = 8) -> tuple[float, bool]:
        row = {**trip(pickup_community_area=area), PICKUP_TRACT: tract, DROPOFF_TRACT: None}
        estimates = model.estimate(as_columns([row], list(row)))
        return float(estimates.duration_min[0]), bool(estimates.novelties)

    long, short, by_area = minutes(17_031_081_500), minutes(17_031_081_403), minutes(None)
    assert long[0] > short[0] + 1
    assert not long[1] and not short[1]
    assert minutes(17_031_081_500, area=None) == long  # the tract stands in for its area
    assert minutes(17_031_980_000) == (by_area[0], True)  # O'Hare is not on the Near North Side
    assert minutes(17_031_000_001 + 10_100) == (by_area[0], True)  # no tract that is told apart


def test_calendars_without_training_trips_are_new():
    files = dict(small_training().files)
    settings = json.loads(files[SETTINGS_FILE])
    settings["trips_by_band"][-1] = FEWEST_IN_BAND - 1
    model = TripDurationModel({**files, SETTINGS_FILE: json_file(settings)}, ModelRef("trip-duration", "1"))
    starts = {"2024-04-20T17:00:00Z": True, "2024-04-19T17:00:00Z": False}  # Saturday noon, Friday noon
    for start, is_new in starts.items():
        row = trip(trip_start_timestamp=start)
        novelties = model.estimate(as_columns([row], list(row))).novelties
        assert bool(novelties and novelties[0].calendar) is is_new

"""Days are judged on that were not learned from, and intervals come from whole hours."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.trips import small_table, small_training

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.features import take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.duration.model.estimator import (
    Trips,
    _without_themselves,
    fit_point,
    hour_parts,
    trips_of,
)
from drivetrain.trips.duration.model.evaluate import HeldOutTrips, _least_covered, split_of
from drivetrain.trips.duration.model.recipe import DurationRecipe
from drivetrain.trips.duration.model.training import FEWEST_TRIPS, train_duration


def some(rows) -> TrainingTable:
    table = small_table()
    return TrainingTable(take(table.rows, rows), table.target[rows])


def first_day() -> np.ndarray:
    days = trips_of(small_table()).days
    return np.flatnonzero(days == np.bincount(days - days.min()).argmax() + days.min())


def test_the_last_days_are_held_back_whole():
    trips = trips_of(small_table())
    ((train, test),) = split_of(trips).folds
    assert trips.days[train].max() < trips.days[test].min()
    assert len(train) + len(test) == len(trips)
    assert 0.1 <= len(test) / len(trips) < 0.25


def test_a_last_day_of_a_few_trips_is_judged_together_with_the_day_before():
    trips = trips_of(small_table())
    days = np.unique(trips.days)
    cut = trips.at(
        np.flatnonzero(
            (trips.days < days[5]) | ((trips.days == days[5]) & (trips.starts.civil_hours % 24 < 2))
        )
    )
    ((_, test),) = split_of(cut).folds
    assert len(np.unique(cut.days[test])) >= 2


def test_one_day_alone_is_judged_by_its_hours_and_says_so():
    split = split_of(trips_of(some(first_day())))
    assert "alone" in split.words
    tested = np.concatenate([test for _, test in split.folds])
    assert sorted(tested.tolist()) == list(range(len(first_day())))


def test_one_day_of_a_few_trips_can_be_learned_from_and_fewer_are_refused():
    trained = train_duration(some(first_day()[:FEWEST_TRIPS]), {"trees": 3}, None, SilentProgress())
    assert np.isfinite(list(trained.metrics.values())).all()
    with pytest.raises(InvalidInputError, match="at least 30"):
        train_duration(some(first_day()[: FEWEST_TRIPS - 1]), {"trees": 3}, None, SilentProgress())


def test_trips_of_one_hour_alone_can_be_learned_from():
    hours = trips_of(small_table()).starts.civil_hours
    (same_hour,) = np.nonzero(hours == hours[0])
    trained = train_duration(some(np.resize(same_hour, 40)), {"trees": 3}, None, SilentProgress())
    assert "alone" in trained.report["validation"]


def test_trips_of_one_hour_stay_together():
    trips = trips_of(small_table())
    parts = hour_parts(trips, 8, seed=1)
    assert len(np.unique(np.stack([trips.starts.civil_hours, parts]), axis=1)[0]) == len(
        np.unique(trips.starts.civil_hours)
    )


def test_the_report_says_which_days_and_which_trips():
    report = small_training().report
    assert "judged on 2024-04-" in report["validation"]
    assert "120 minutes" in report["remarks"][0] and "6.1" in report["remarks"][0]
    assert "segments of 100 trips or more" in report["remarks"][2]
    figures = report["models"]["candidate"]["mae_error"]
    assert figures["low"] < figures["mean"] < figures["high"]
    assert figures["mean"] < report["models"]["median of the pair"]["mae_error"]["mean"]


def test_an_unknown_setting_is_refused():
    with pytest.raises(InvalidInputError, match="known"):
        train_duration(small_table(), {"forests": 3}, None, SilentProgress())


def test_a_trip_does_not_help_to_tell_what_is_typical_of_it():
    """A pair with one trip must look in training as it will when it is asked about: like a pair without any."""
    trips = trips_of(small_table())
    alone = np.flatnonzero(np.bincount(trips.starts.pairs)[trips.starts.pairs] == 1)[0]
    moved = trips.duration_min.copy()
    moved[alone] = 119.0
    recipe = DurationRecipe()
    before = _without_themselves(trips, recipe, knows_week=True)[alone]
    after = _without_themselves(Trips(trips.starts, moved), recipe, knows_week=True)[alone]
    assert np.array_equal(before, after, equal_nan=True)
    assert fit_point(trips, DurationRecipe(trees=2)).trees


def test_segments_that_are_covered_too_seldom_are_named_with_their_figures():
    """Of the trips from area 8 every other one is outside its range; of all others none is."""
    trips = trips_of(small_table())
    truth, pickup = trips.duration_min, trips.starts.pairs // PLACES
    is_outside = (pickup == 8) & (np.arange(len(truth)) % 2 == 0)
    low = np.where(is_outside, truth + 1, truth)
    words = _least_covered(HeldOutTrips(trips, truth, low, low, truth, truth))
    count = int((pickup == 8).sum())
    assert f"from area 8, {1 - is_outside.sum() / count:.1%} of {count}" in words
    assert "none" in _least_covered(HeldOutTrips(trips, truth, truth, truth, truth, truth))

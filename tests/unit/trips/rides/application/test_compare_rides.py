"""The comparison tells a good generator from a coarse one, and says what chance alone does."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.support.rides import FRIDAY, TUESDAY, fitted, some_rides

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.application.compare_rides import (
    BUILT_IN,
    FITTED,
    NOISE,
    REAL,
    TRAINING,
    CompareRides,
    RideComparison,
)
from drivetrain.trips.rides.domain.comparison import MEASURES
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.draw import draw


@cache
def another_city() -> tuple[Rides, Rides]:
    """Two days of a city that is not as the built-in parameters say: everything is half as far again."""
    demand = fitted()
    far = replace(
        demand, distances=replace(demand.distances, location=demand.distances.location + np.log(1.5))
    )
    days = []
    for day in (TUESDAY, FRIDAY):
        start, length_min = CHICAGO.day(day)
        days.append(draw(far, start, length_min=length_min, rides=4_000, seed=b"city"))
    return days[0], days[1]


@cache
def found() -> RideComparison:
    training, held_back = another_city()
    return CompareRides(SilentProgress())(training, held_back, repeats=3, seed=1)


def test_what_was_learned_is_closer_than_what_was_made_by_hand() -> None:
    for key in ("miles_ks", "minutes_ks", "fare_ks", "miles_wasserstein"):
        assert found().figures[FITTED][key].high < found().figures[BUILT_IN][key].low


def test_what_was_learned_is_about_as_close_as_the_training_day_itself() -> None:
    for key in ("pairs_tv", "pickups_tv", "miles_ks", "minutes_ks", "fare_ks"):
        assert found().figures[FITTED][key].value < 1.3 * found().figures[TRAINING][key].value + 0.015


def test_chance_alone_is_the_least_distance() -> None:
    for key in ("pairs_tv", "miles_ks"):
        assert found().figures[NOISE][key].value < found().figures[TRAINING][key].value


def test_every_candidate_has_every_measure_and_a_sample_of_the_same_size() -> None:
    comparison = found()
    assert list(comparison.figures) == [FITTED, BUILT_IN, TRAINING, NOISE]
    assert all(
        set(figures) == {measure.key for measure in MEASURES} for figures in comparison.figures.values()
    )
    assert list(comparison.samples) == [REAL, *comparison.figures]
    assert {len(sample) for sample in comparison.samples.values()} == {comparison.rides}
    assert comparison.day == FRIDAY
    assert json.loads(json.dumps(comparison.as_dict()))["rides"] == comparison.rides


def test_the_same_seed_gives_the_same_figures() -> None:
    training, held_back = another_city()
    again = CompareRides(SilentProgress())(training, held_back, repeats=3, seed=1)
    assert again.as_dict() == found().as_dict()


@pytest.mark.parametrize(("repeats", "seed"), [(1, 0), (2, -1)])
def test_impossible_comparisons_are_refused(repeats: int, seed: int) -> None:
    with pytest.raises(InvalidInputError):
        CompareRides(SilentProgress())(*another_city(), repeats=repeats, seed=seed)


def test_a_day_without_believable_rides_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        CompareRides(SilentProgress())(another_city()[0], some_rides(0), repeats=2, seed=0)

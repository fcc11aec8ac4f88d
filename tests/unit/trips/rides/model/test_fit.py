"""Learning: what rides were drawn with is found again; what was not seen is borrowed, and said to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.support.rides import FRIDAY, SATURDAY, TUESDAY, day_of_rides, fitted, some_rides

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.areas import OHARE
from drivetrain.trips.rides.domain.comparison import apart
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.draw import draw, expected_rides
from drivetrain.trips.rides.model.fit import FEWEST_RIDES, fit


def together(*days: Rides) -> Rides:
    return Rides(*(np.concatenate(parts) for parts in zip(*(day.columns() for day in days), strict=True)))


def drawn_day(day: date, rides: int) -> Rides:
    start, length_min = CHICAGO.day(day)
    return draw(fitted(), start, length_min=length_min, rides=rides)


def test_a_fit_to_drawn_rides_draws_such_rides_again() -> None:
    truth = day_of_rides(rides=8_000, seed=b"another draw")
    found = apart(drawn_day(TUESDAY, 8_000), truth)
    by_chance = apart(day_of_rides(rides=8_000, seed=b"a third"), truth)
    assert found["pairs_tv"] < 1.25 * by_chance["pairs_tv"]
    assert found["hours_tv"] < 0.05
    assert max(found[key] for key in ("miles_ks", "minutes_ks", "fare_ks", "total_ks", "mph_ks")) < 0.05


def test_the_level_of_an_observed_day_is_found() -> None:
    assert expected_rides(fitted(), *CHICAGO.day(TUESDAY)) == pytest.approx(8_000, rel=0.01)


def test_a_weekday_that_was_not_observed_borrows_from_those_that_were() -> None:
    busy = fit(
        together(day_of_rides(TUESDAY, rides=2_000), day_of_rides(FRIDAY, rides=4_000)), source="Two days."
    )
    per_day = busy.when.rides_per_hour.sum(axis=1)
    assert per_day[3] == pytest.approx(3_000, rel=0.02)  # Thursday is their mean
    assert 2_000 < per_day[1] < 3_000 < per_day[4] < 4_000  # each day seen once is drawn half way toward it
    assert busy.when.area_profile.shape[1] == 24  # no weekend was seen, so it looks like the days that were


def test_a_weekend_day_gets_its_own_profile_once_one_is_seen() -> None:
    both = fit(
        together(day_of_rides(TUESDAY, rides=3_000), day_of_rides(SATURDAY, rides=3_000)), source="Two days."
    )
    assert both.when.area_profile.shape[1] == 48
    assert both.when.bin_of(5, 10) == 34
    assert both.when.bin_of(1, 10) == 10


def test_pairs_that_were_never_seen_are_possible_and_rare() -> None:
    share = fitted().when.pair_share
    assert share.min() > 0
    assert share.sum() == pytest.approx(1.0, abs=1e-3)
    day = day_of_rides(rides=8_000)
    seen = np.zeros_like(share, dtype=bool)
    seen[day.pickup_community_area, day.dropoff_community_area] = True
    assert 0.02 < share[~seen].sum() < 0.25


def test_a_busy_pair_keeps_its_own_middle_and_a_rare_one_its_kind() -> None:
    rides = day_of_rides(rides=4_000)
    longer = replace(
        rides,
        trip_miles=np.where(rides.pickup_community_area == OHARE, 2 * rides.trip_miles, rides.trip_miles),
    )
    plain, moved = (fit(each, source="One day.").distances.location for each in (rides, longer))
    assert moved[OHARE, 8] - plain[OHARE, 8] == pytest.approx(np.log(2), abs=0.15)
    assert abs(moved[1, 2] - plain[1, 2]) < 0.1


def test_the_share_of_unknown_areas_is_that_of_the_table() -> None:
    rides = day_of_rides(rides=8_000)
    start, length_min = CHICAGO.day(TUESDAY)
    drawn = draw(fitted(), start, length_min=length_min, rides=50_000)
    for name in ("pickup_community_area", "dropoff_community_area"):
        assert (getattr(drawn, name) == 0).mean() == pytest.approx(
            (getattr(rides, name) == 0).mean(), abs=0.015
        )


def test_rides_that_cannot_be_believed_change_nothing() -> None:
    rides = day_of_rides(rides=1_000)
    broken = some_rides(300, trip_miles=np.zeros(300))
    assert fit(together(rides, broken), source="x").digest == fit(rides, source="x").digest


def test_too_few_rides_are_refused() -> None:
    with pytest.raises(InvalidInputError) as refused:
        fit(day_of_rides(rides=FEWEST_RIDES - 100), source="A quiet day.")
    assert refused.value.code == "trips.too_few_rides"


def test_identical_rides_can_be_learned_from() -> None:
    same = draw(
        fit(some_rides(600), source="One ride, six hundred times."),
        CHICAGO.day(TUESDAY)[0],
        length_min=1440,
        rides=1_000,
    )
    to_loop = (same.pickup_community_area == 8) & (same.dropoff_community_area == 32)
    assert np.median(same.trip_miles[to_loop]) == pytest.approx(1.5, rel=0.05)
    assert built_in().digest != fitted().digest

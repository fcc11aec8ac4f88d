"""Draws: the same arguments give the same rides, in their slot, by the intensities, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.support.rides import fitted

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.areas import OHARE
from drivetrain.trips.rides.domain.cleaning import believable
from drivetrain.trips.rides.domain.clock import civil_hours
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.draw import MOST_RIDES, draw, expected_rides

SLOT = datetime(2022, 3, 1, 23, 0, tzinfo=UTC)
DEMANDS = pytest.mark.parametrize("name", ["built-in", "fitted"])


def same(one: Rides, other: Rides) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.columns(), other.columns(), strict=True))


def of(name: str):
    return built_in() if name == "built-in" else fitted()


@DEMANDS
@pytest.mark.parametrize("rides", [0, 1, 10, 10_000, 1_000_000])
def test_a_draw_is_whole_and_believable(name: str, rides: int) -> None:
    drawn = draw(of(name), SLOT, length_min=5, rides=rides)
    assert len(drawn) == rides
    start = np.datetime64(SLOT.replace(tzinfo=None), "us")
    assert (
        (drawn.trip_start_timestamp >= start) & (drawn.trip_start_timestamp < start + np.timedelta64(5, "m"))
    ).all()
    assert (np.diff(drawn.trip_start_timestamp) >= np.timedelta64(0)).all()
    assert ((drawn.pickup_community_area >= 0) & (drawn.pickup_community_area <= 77)).all()
    assert believable(drawn).mean() > 0.99 if rides else True
    assert all(
        np.isfinite(column).all()
        for column in (drawn.fare, drawn.trip_total, drawn.trip_miles, drawn.duration_min)
    )
    assert (drawn.trip_total >= drawn.fare).all()
    assert np.allclose(drawn.fare * 4 % 1, 0)  # the meter counts in quarters


def test_the_same_arguments_draw_the_same_rides_and_any_other_draws_others() -> None:
    first = draw(built_in(), SLOT, length_min=5, rides=50, seed=b"a")
    assert same(first, draw(built_in(), SLOT, length_min=5, rides=50, seed=b"a"))
    others = [
        draw(built_in(), SLOT + timedelta(minutes=5), length_min=5, rides=50, seed=b"a"),
        draw(built_in(), SLOT, length_min=10, rides=50, seed=b"a"),
        draw(built_in(), SLOT, length_min=5, rides=50, seed=b"b"),
        draw(built_in(), SLOT, length_min=5, rides=50, rate=2.0, seed=b"a"),
        draw(fitted(), SLOT, length_min=5, rides=50, seed=b"a"),
    ]
    assert not any(np.array_equal(first.trip_miles, other.trip_miles) for other in others)


def test_an_instant_is_the_same_slot_in_any_zone() -> None:
    elsewhere = SLOT.astimezone(CHICAGO.day(date(2022, 3, 1))[0].tzinfo)
    assert same(draw(built_in(), SLOT, length_min=5), draw(built_in(), elsewhere, length_min=5))


def test_the_number_follows_intensities_and_rate() -> None:
    expected = expected_rides(built_in(), SLOT, 5)
    counts = [len(draw(built_in(), SLOT, length_min=5, rate=20.0, seed=bytes([n]))) for n in range(30)]
    assert np.mean(counts) == pytest.approx(20 * expected, rel=0.03)
    assert np.var(counts) < 4 * np.mean(counts)  # Poisson, not more
    assert len(draw(built_in(), SLOT, length_min=5, rate=0.0)) == 0
    night = expected_rides(built_in(), datetime(2022, 3, 1, 10, tzinfo=UTC), 5)
    assert expected > 4 * night  # five in the afternoon and four in the morning


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2022, 11, 6), 25), (date(2022, 3, 13), 23), (date(2022, 3, 1), 24)]
)
def test_the_days_of_the_clock_change_have_an_hour_more_or_less(day: date, hours: int) -> None:
    start, length_min = CHICAGO.day(day)
    assert length_min == hours * 60
    drawn = draw(built_in(), start, length_min=length_min, rides=24_000)
    of_hours = np.bincount(civil_hours(drawn.trip_start_timestamp)[2], minlength=24)
    by_hour = expected_rides(built_in(), start, length_min)
    assert (of_hours[2] == 0) == (hours == 23)
    ordinary = expected_rides(built_in(), *CHICAGO.day(day + timedelta(days=7)))
    assert (by_hour > ordinary) == (hours == 25) or hours == 24


def test_what_belongs_together_is_drawn_together() -> None:
    drawn = draw(built_in(), SLOT, length_min=60, rides=20_000)
    assert np.corrcoef(drawn.trip_miles, drawn.duration_min)[0, 1] > 0.7
    assert np.corrcoef(drawn.fare, drawn.trip_miles)[0, 1] > 0.9
    from_airport = drawn.pickup_community_area == OHARE
    assert np.median(drawn.trip_miles[from_airport]) > 2 * np.median(drawn.trip_miles[~from_airport])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"rides": -1}, "trips.bad_ride_count"),
        ({"rides": MOST_RIDES + 1}, "trips.bad_ride_count"),
        ({"rate": -1.0}, "trips.bad_rate"),
        ({"rate": float("nan")}, "trips.bad_rate"),
        ({"rate": float("inf")}, "trips.bad_rate"),
        ({"rate": 1e9}, "trips.bad_rate"),  # more rides than memory should be asked for
        ({"length_min": 0}, "trips.bad_slot_length"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        draw(built_in(), SLOT, **{"length_min": 5, **arguments})  # type: ignore[arg-type]
    assert refused.value.code == code

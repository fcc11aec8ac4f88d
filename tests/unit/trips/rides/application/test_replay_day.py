"""A replayed day: every ride once, at its own moment, and on again where it was broken off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from tests.support.rides import day_of_rides, some_rides

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.application.replay_day import ReplayDay, ReplayedRide

DAY = day_of_rides(rides=400)


class Watch:
    """A clock that only sleeping, and whoever takes long, moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def replayed(**arguments: object) -> tuple[list[ReplayedRide], Watch]:
    watch = Watch()
    rides = list(ReplayDay(lambda: watch.now, watch.sleep)(DAY, **{"speed": 60.0, **arguments}))  # type: ignore[arg-type]
    return rides, watch


def test_a_day_takes_a_day_divided_by_the_speed() -> None:
    rides, watch = replayed(speed=60.0)
    span_s = (DAY.trip_start_timestamp[-1] - DAY.trip_start_timestamp[0]) / np.timedelta64(1, "s")
    assert sum(watch.slept) == pytest.approx(span_s / 60)
    assert [ride.number for ride in rides] == list(range(1, 401))
    assert all(earlier.start_at <= later.start_at for earlier, later in pairwise(rides))


def test_every_ride_is_given_at_its_own_moment() -> None:
    watch = Watch()
    first = None
    for ride in ReplayDay(lambda: watch.now, watch.sleep)(DAY, speed=600.0):
        first = first or ride.start_at
        assert watch.now - 1_000.0 == pytest.approx((ride.start_at - first).total_seconds() / 600, abs=1e-6)


def test_whoever_takes_long_gets_the_next_rides_at_once_and_the_day_is_no_longer() -> None:
    watch = Watch()
    rides = ReplayDay(lambda: watch.now, watch.sleep)(DAY, speed=600.0)
    next(rides)
    watch.now += 30.0
    waited = len(watch.slept)
    for ride in rides:
        if (
            ride.start_at.replace(tzinfo=None) - DAY.trip_start_timestamp[0].item()
        ).total_seconds() / 600 < 30:
            assert len(watch.slept) == waited
    span_s = (DAY.trip_start_timestamp[-1] - DAY.trip_start_timestamp[0]) / np.timedelta64(1, "s")
    assert watch.now == pytest.approx(1_000.0 + span_s / 600)


def test_a_broken_replay_goes_on_without_a_lost_or_doubled_ride() -> None:
    whole, _ = replayed()
    first, _ = replayed(limit=150)
    rest, _ = replayed(after=first[-1].number)
    assert first + rest == whole


def test_a_replay_from_an_instant_waits_for_its_first_ride() -> None:
    since = datetime(2022, 3, 1, 20, 0, tzinfo=UTC)
    rides, watch = replayed(since=since, limit=3)
    assert rides[0].start_at >= since
    assert DAY.trip_start_timestamp[rides[0].number - 2] < np.datetime64(since.replace(tzinfo=None))
    assert watch.slept[0] == pytest.approx((rides[0].start_at - since).total_seconds() / 60)


@pytest.mark.parametrize(
    "arguments", [{"limit": 0}, {"after": 400}, {"after": 500}, {"since": datetime(2030, 1, 1, tzinfo=UTC)}]
)
def test_where_nothing_is_left_nothing_comes(arguments: dict[str, object]) -> None:
    assert replayed(**arguments)[0] == []


def test_what_is_unknown_is_none() -> None:
    unknown = some_rides(1, pickup_community_area=np.zeros(1, dtype=np.int16), fare=np.array([np.nan]))
    (ride,) = ReplayDay()(unknown, speed=1.0)
    assert ride.pickup_community_area is None
    assert ride.fare is None
    assert ride.dropoff_community_area == 32
    assert ride.start_at == datetime(2022, 3, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "arguments",
    [
        {"speed": 0.0},
        {"speed": -1.0},
        {"speed": float("inf")},
        {"speed": float("nan")},
        {"after": -1},
        {"limit": -1},
        {"since": datetime(2022, 3, 1)},  # that is the point
    ],
)
def test_impossible_replays_are_refused_at_once(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        found: Iterator[ReplayedRide] = ReplayDay()(DAY, **{"speed": 1.0, **arguments})  # type: ignore[arg-type]
        del found

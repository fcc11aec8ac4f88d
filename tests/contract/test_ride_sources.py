"""Every source of rides keeps the promises of the port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.support.rides import day_of_rides, fitted, some_rides

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.rides.domain.cleaning import LONGEST_DRIVEN_MIN
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.source import DrawnRides, ReplayedRides

SLOT = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def sources() -> list[RideSource]:
    return [
        DrawnRides(built_in(), 1.0, b"seed"),
        DrawnRides(fitted(), 3.0, b"seed"),
        ReplayedRides(day_of_rides(rides=5_000)),
    ]


@pytest.fixture(params=range(3), ids=["built-in", "fitted", "replayed"])
def source(request: pytest.FixtureRequest) -> RideSource:
    return sources()[request.param]


def test_a_slot_always_has_the_same_rides(source: RideSource) -> None:
    one, again = source.rides(SLOT, 5), source.rides(SLOT, 5)
    assert len(one) > 0
    assert all(np.array_equal(a, b) for a, b in zip(one.columns(), again.columns(), strict=True))


def test_rides_start_within_their_slot_in_order(source: RideSource) -> None:
    for minute in range(0, 60, 5):
        slot_at = SLOT + timedelta(minutes=minute)
        starts = source.rides(slot_at, 5).trip_start_timestamp
        begin = np.datetime64(slot_at.replace(tzinfo=None), "us")
        assert ((starts >= begin) & (starts < begin + np.timedelta64(5, "m"))).all()
        assert (np.diff(starts) >= np.timedelta64(0)).all()


def test_a_name_says_what_the_rides_are_and_stays(source: RideSource) -> None:
    kind, _, digest = source.name.partition("@")
    assert kind in {"drawn:built-in", "drawn:fitted", "replayed:2022-03-01"}
    assert len(digest) == 12
    assert source.name in {other.name for other in sources()}


def test_no_ride_is_under_way_longer_than_outcomes_are_waited_for(source: RideSource) -> None:
    taken = source.rides(SLOT, 60).duration_min
    assert ((taken > 0) & (taken <= LONGEST_DRIVEN_MIN)).all()


def test_drawn_rides_say_that_they_are_synthetic(source: RideSource) -> None:
    assert source.is_synthetic == source.name.startswith("drawn:")


def test_a_slot_without_zone_or_length_is_refused(source: RideSource) -> None:
    with pytest.raises(InvalidInputError):
        source.rides(SLOT.replace(tzinfo=None), 5)
    with pytest.raises(InvalidInputError):
        source.rides(SLOT, 0)


def test_names_differ_where_the_rides_do() -> None:
    assert len({source.name for source in sources()}) == 3
    assert ReplayedRides(day_of_rides(rides=10)).name != ReplayedRides(day_of_rides(rides=11)).name


def test_a_day_without_rides_cannot_be_replayed() -> None:
    with pytest.raises(InvalidInputError):
        ReplayedRides(some_rides(0))

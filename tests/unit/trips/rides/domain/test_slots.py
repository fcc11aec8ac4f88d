"""A recorded day under any slot: every ride once a day, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.support.rides import SATURDAY, day_of_rides

from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.clock import minutes_of_day
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.domain.slots import rides_of_slot

DAY = day_of_rides(rides=3_000)


def slots_of(day: date, length_min: int) -> list[Rides]:
    start, whole_min = CHICAGO.day(day)
    return [
        rides_of_slot(DAY, start + timedelta(minutes=minute), length_min)
        for minute in range(0, whole_min, length_min)
    ]


@pytest.mark.parametrize("length_min", [5, 7, 60, 1440])
def test_the_slots_of_a_day_replay_every_ride_once(length_min: int) -> None:
    fares = np.concatenate([slot.fare for slot in slots_of(SATURDAY, length_min)])
    if length_min == 7:  # the last slot reaches into the next day
        fares = fares[: len(DAY)]
    assert np.array_equal(np.sort(fares), np.sort(DAY.fare))


def test_rides_start_in_their_slot_in_order_at_their_time_of_day() -> None:
    slot_at = datetime(2026, 7, 1, 13, 5, tzinfo=UTC)
    slot = rides_of_slot(DAY, slot_at, 5)
    start = np.datetime64(slot_at.replace(tzinfo=None), "us")
    assert len(slot) > 0
    assert (slot.trip_start_timestamp >= start).all()
    assert (slot.trip_start_timestamp < start + np.timedelta64(5, "m")).all()
    assert (np.diff(slot.trip_start_timestamp) >= np.timedelta64(0)).all()
    assert (minutes_of_day(slot.trip_start_timestamp) // 5 == 8 * 12 + 1).all()


def test_the_autumn_hour_replays_its_rides_twice_and_the_spring_gap_skips_its_own() -> None:
    hours = minutes_of_day(DAY.trip_start_timestamp) // 60
    assert sum(map(len, slots_of(date(2022, 11, 6), 5))) == len(DAY) + (hours == 1).sum()
    assert sum(map(len, slots_of(date(2022, 3, 13), 5))) == len(DAY) - (hours == 2).sum()

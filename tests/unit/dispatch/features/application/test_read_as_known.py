"""Features of the past hold what was known then and nothing that came later, however early it happened."""

from __future__ import annotations

import inspect
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dispatch import NOW, micros, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.lake import MemoryLake
from tests.support.ride_steps import Step, a_log, append_steps, features_by_loop, log_of

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS as DRIVER_TOPIC
from drivetrain.dispatch.events.domain.events import REQUESTS, DriverStatus
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.application import keep_lake
from drivetrain.dispatch.features.application.keep_lake import KeepLake
from drivetrain.dispatch.features.application.read_as_known import (
    ReadAsKnown,
    stats_as_known,
    status_as_known,
)
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT, UNKNOWN_STATUS, Records
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES

DRIVERS = ["d0", "d1", "d2"]


def lake_of(log: MemoryEventLog) -> MemoryLake:
    """With few events in an object, so that an hour of a partition has several."""
    lake = MemoryLake()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keep_lake, "READ_AT_ONCE", 3)
        KeepLake(log, lake)(REQUESTS, SilentProgress())
    return lake


def known(lake: MemoryLake, drivers: list[str], instants: list[int]) -> Records:
    read = stats_as_known(lake, decode_steps)
    return read(drivers, np.array(instants, dtype=np.int64), SilentProgress())


@given(
    st.integers(0, 1_000),
    st.integers(1, 40),
    st.lists(st.integers(-(10**10), 10**12), min_size=1, max_size=9),
)
def test_each_row_has_what_a_plain_loop_knows_at_its_instant(seed: int, count: int, ages: list[int]) -> None:
    steps = a_log(seed, count, DRIVERS)
    log, placed = log_of(steps)
    instants = [steps[0].known_us + age for age in ages]
    drivers = [DRIVERS[number % 3] for number in range(len(ages))]
    records = known(lake_of(log), drivers, instants)
    rows = [features_by_loop(placed, *row) for row in zip(drivers, instants, strict=True)]
    expected = np.array(rows, dtype=STATS_LAYOUT.dtype)
    for name in STATS_LAYOUT.names:
        np.testing.assert_array_equal(records[name], expected[name], err_msg=name)


@given(st.integers(0, 1_000), st.integers(1, 40))
def test_everybody_has_what_each_has_when_asked_for_alone(seed: int, count: int) -> None:
    lake = lake_of(log_of(a_log(seed, count, DRIVERS))[0])
    last_us = max(at for place in lake.objects(REQUESTS) for at in lake.read(place).appended_us)
    instants = [last_us - 86_400_000_000, last_us, last_us + 3_600_000_000]
    for everybody in stats_as_known(lake, decode_steps).everybody(instants, SilentProgress()):
        alone = known(lake, DRIVERS, [everybody.as_of_us] * len(DRIVERS))
        for driver, record in zip(DRIVERS, alone, strict=True):
            if driver in everybody.driver_ids:
                theirs = everybody.records[everybody.driver_ids.index(driver)]
            else:
                theirs = STATS_LAYOUT.empty(1)[0]
            np.testing.assert_array_equal(list(theirs), list(record))


def test_what_came_late_is_not_known_before_it_came() -> None:
    """It happened an hour before the first instant, and the log got it an hour after: the leak of most stores."""
    log = MemoryEventLog(FixedClock(NOW))
    append_steps(log, "accept", "d0", 1)
    at = micros(NOW)
    log.clock.advance(hours=2)  # type: ignore[attr-defined]
    append_steps(log, "decline", "d0", 99, happened_at=NOW - timedelta(hours=1))
    lake = lake_of(log)
    records = known(lake, ["d0", "d0"], [at + 3_600_000_000, at + 2 * 3_600_000_000])
    assert records["accept_rate_7d"].tolist() == [1.0, np.float32(0.01)]


def test_there_is_no_other_time_to_ask_by() -> None:
    assert list(inspect.signature(ReadAsKnown.__call__).parameters) == [
        "self",
        "driver_ids",
        "known_us",
        "progress",
    ]


def test_a_log_whose_clock_was_set_back_gives_nothing_before_it_was_known() -> None:
    at, first = micros(NOW), "r0"
    beside = next(
        name for n in range(1, 99) if REQUESTS.partition(name := f"r{n}") == REQUESTS.partition(first)
    )
    steps = [
        Step(0, first, 2, "d0", at + 9_000_000, "accept", 10),
        Step(0, beside, 2, "d0", at, "decline", 10),  # appended after the other
    ]
    records = known(lake_of(log_of(steps)[0]), ["d0"] * 2, [at + 5_000_000, at + 9_000_000])
    np.testing.assert_array_equal(records["accept_rate_7d"], np.float32([np.nan, 0.5]))


def test_nobody_asks_and_nothing_is_read() -> None:
    assert len(known(MemoryLake(), [], [])) == 0


def test_a_driver_of_whom_nothing_was_known_has_nothing() -> None:
    (record,) = known(MemoryLake(), ["d0"], [micros(NOW)])
    assert np.isnan(record["accept_rate_7d"])
    assert record["trips_1h"] == 0


def test_a_lake_whose_old_days_are_gone_gives_no_half_windows() -> None:
    steps = [Step(0, f"r{n}", 2, "d0", micros(NOW) + n * 86_400_000_000, "accept", 10) for n in range(30)]
    lake = lake_of(log_of(steps)[0])
    lake.remove_before(REQUESTS, (NOW + timedelta(days=20)).date())
    with pytest.raises(InvalidInputError) as raised:
        known(lake, ["d0"], [steps[22].known_us])
    assert raised.value.code == "dispatch.lake_too_short"


def say(log: MemoryEventLog, driver: str, sequence: int, status: DriverStatus, *, age_s: float = 0) -> None:
    at = micros(log.clock.now() - timedelta(seconds=age_s))
    log.append({DRIVER_TOPIC: [encode_update(update(driver, sequence, status=status, occurred_us=at))]})


def statuses(log: MemoryEventLog, drivers: list[str], instants: list[int]) -> list[int]:
    lake = MemoryLake()
    KeepLake(log, lake)(DRIVER_TOPIC, SilentProgress())
    read = status_as_known(lake, decode_updates)
    return read(drivers, np.array(instants, dtype=np.int64), SilentProgress())["status"].tolist()


def test_a_status_is_that_of_the_newest_update_that_had_come_and_is_none_after_five_minutes() -> None:
    log = MemoryEventLog(FixedClock(NOW))
    say(log, "d0", 1, DriverStatus.IDLE)
    log.clock.advance(minutes=3)  # type: ignore[attr-defined]
    say(log, "d0", 3, DriverStatus.ON_TRIP)
    log.clock.advance(minutes=1)  # type: ignore[attr-defined]
    say(log, "d0", 2, DriverStatus.OFFLINE, age_s=90)  # late: it was said before the other
    minute_us, at = 60_000_000, micros(NOW)
    minutes = [-1, 0, 2, 3, 4, 8, 9]
    codes = statuses(log, ["d0"] * len(minutes), [at + minute * minute_us for minute in minutes])
    idle, on_trip = STATUS_CODES["idle"], STATUS_CODES["on_trip"]
    assert codes == [UNKNOWN_STATUS, idle, idle, on_trip, on_trip, on_trip, UNKNOWN_STATUS]


def test_a_device_that_counts_anew_is_heard_again_after_fifteen_minutes() -> None:
    log = MemoryEventLog(FixedClock(NOW))
    say(log, "d0", 900, DriverStatus.IDLE)
    log.clock.advance(minutes=20)  # type: ignore[attr-defined]
    say(log, "d0", 1, DriverStatus.ON_TRIP)
    later = micros(log.clock.now())
    assert statuses(log, ["d0", "d1"], [later, later]) == [STATUS_CODES["on_trip"], UNKNOWN_STATUS]

"""What is old is said: a log that is away, events that are not read yet, drivers of whom nobody hears."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.dispatch import NOW, micros, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application import follow_drivers
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.staleness import Staleness


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def log(clock: FixedClock) -> MemoryEventLog:
    return MemoryEventLog(clock)


@pytest.fixture
def following(log: MemoryEventLog, clock: FixedClock) -> FollowDrivers:
    return FollowDrivers(log, decode_updates, clock, fresh_s=60)


def append(log: MemoryEventLog, count: int = 1) -> None:
    log.append({DRIVERS: [encode_update(update("a", n, occurred_us=micros(NOW))) for n in range(count)]})


def test_all_is_well_while_dispatch_is_not_used(following: FollowDrivers) -> None:
    following.look()
    condition = Staleness(following)()
    assert (condition.state, condition.why) == ("ok", "")


def test_all_is_well_while_drivers_are_heard_of(log: MemoryEventLog, following: FollowDrivers) -> None:
    append(log)
    following.look()
    assert Staleness(following)().state == "ok"


def test_a_log_that_cannot_be_read_is_said(log: MemoryEventLog, following: FollowDrivers) -> None:
    append(log)
    following.look()
    following.looked_at -= 60
    condition = Staleness(following)()
    assert condition.state == "degraded"
    assert "was last read 60 s ago" in condition.why


def test_drivers_of_whom_nobody_hears_are_said_until_they_are_forgotten(
    log: MemoryEventLog, clock: FixedClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_drivers, "_FORGET_EVERY_S", 0.0)
    append(log)
    following.look()
    clock.at += timedelta(seconds=75)
    following.look()
    assert Staleness(following)().why == "No driver was heard of for 75 s: nobody can be matched."
    clock.at += timedelta(seconds=900)
    following.look()
    assert Staleness(following)().state == "ok"


def test_a_worker_that_begins_says_how_much_is_left(
    log: MemoryEventLog, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_drivers, "_LONGEST_LOOK_S", -1.0)
    append(log, 3)
    following.look()  # reads nothing in so short a time
    assert "3 events are left; matches wait." in Staleness(following)().why


def test_events_that_are_not_read_yet_are_said(
    log: MemoryEventLog, clock: FixedClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log)
    following.look()
    append(log, 4)
    clock.at += timedelta(seconds=9)
    monkeypatch.setattr(follow_drivers, "_LONGEST_LOOK_S", -1.0)
    following.look()
    condition = Staleness(following)()
    assert condition.state == "degraded"
    assert "4 events of the log are not read yet, the first of them 9 s old" in condition.why
    assert following.pause_s == 0.0
    assert not following.is_quiet

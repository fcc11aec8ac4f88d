"""A worker follows the log: from where it begins, past what it cannot read, while the log is away."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.dispatch import NOW, micros, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventBatch, NewEvent
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverStatus
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application import follow_drivers
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.domain.cells import NO_DRIVERS
from drivetrain.dispatch.state.domain.drivers import UpdateColumns


class SetClock:
    """Shows what a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> Any:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_drivers, "RARE_LOOK_EVERY_S", 0.0)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def log(clock: SetClock) -> MemoryEventLog:
    return MemoryEventLog(clock)


@pytest.fixture
def following(log: MemoryEventLog, clock: SetClock) -> FollowDrivers:
    return FollowDrivers(log, decode_updates, clock, fresh_s=60)


def append(log: MemoryEventLog, *names: str, sequence: int = 1, **changes: Any) -> None:
    at = micros(log.clock.now())
    log.append(
        {DRIVERS: [encode_update(update(name, sequence, **{"occurred_us": at, **changes})) for name in names]}
    )


def idle(following: FollowDrivers) -> list[str]:
    found = following.index.nearest(40.7, -74.0, most=50, radius_km=5, not_before_us=following.not_before_us)
    return sorted(found.driver_ids)


def test_nothing_is_kept_while_there_was_no_event(following: FollowDrivers) -> None:
    following.look()
    assert following.index is NO_DRIVERS
    assert following.offsets is None


def test_new_updates_are_found_after_a_look(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    append(log, "a", "b")
    following.look()
    assert idle(following) == ["a", "b"]
    clock.advance(1)
    append(log, "a", sequence=2, status=DriverStatus.ON_TRIP)
    append(log, "c")
    following.look()
    assert idle(following) == ["b", "c"]
    assert (following.counters.read, following.counters.applied) == (4, 4)


def test_the_index_is_made_at_most_so_often_and_no_news_is_lost(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    append(log, "a")
    following.look()
    first = following.index
    append(log, "b")
    following.look()
    assert following.index is first
    clock.advance(0.25)
    following.look()  # nothing new to read, but the index is due
    assert idle(following) == ["a", "b"]


def test_drivers_who_are_not_heard_of_are_not_found(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    append(log, "a")
    following.look()
    clock.advance(61)
    assert idle(following) == []  # though nothing has made the index anew
    append(log, "b")
    following.look()
    assert idle(following) == ["b"]
    assert len(following.index) == 1


def test_a_clock_that_is_ahead_makes_no_position_fresh(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    append(log, "ahead", occurred_us=micros(NOW + timedelta(seconds=50)))
    append(log, "late", occurred_us=micros(NOW - timedelta(seconds=70)))
    following.look()
    assert idle(following) == ["ahead"]
    clock.advance(61)
    assert idle(following) == []


def test_a_worker_that_begins_reads_the_last_minutes(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    append(log, "long ago")
    clock.advance(300)
    append(log, "a")
    following.look()
    assert following.counters.read == 1
    assert idle(following) == ["a"]


def test_what_is_no_update_is_passed_over(log: MemoryEventLog, following: FollowDrivers) -> None:
    log.append({DRIVERS: [NewEvent("a", body) for body in (b"", b"[]", b'{"driver_id": 7}', b"\xff")]})
    append(log, "a")
    following.look()
    assert idle(following) == ["a"]
    assert (following.counters.read, following.counters.unreadable) == (5, 4)


def test_while_the_log_is_away_what_is_known_stays_and_later_nothing_is_missed(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "a")
    following.look()
    with monkeypatch.context() as away:
        away.setattr(log, "read", _away)
        with pytest.raises(UnavailableError):
            following.look()
        assert idle(following) == ["a"]
    append(log, "b")
    clock.advance(1)
    following.look()
    assert idle(following) == ["a", "b"]


def _away(*_: object, **__: object) -> Any:
    raise UnavailableError("away")


def test_who_was_not_heard_of_for_long_is_forgotten(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_drivers, "_FORGET_EVERY_S", 0.0)
    append(log, "a", sequence=100)
    following.look()
    clock.advance(901)
    append(log, "b")
    following.look()
    with following.table() as table:
        assert table.driver_ids == ["b"]
    append(log, "a", sequence=1)
    clock.advance(1)
    following.look()
    assert idle(following) == ["a", "b"]


def test_a_fixed_clock_serves_as_well() -> None:
    assert FollowDrivers(MemoryEventLog(), decode_updates, FixedClock(NOW), fresh_s=60).now_us() == micros(
        NOW
    )


def test_when_nothing_comes_any_more_drivers_grow_stale_and_are_forgotten(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_drivers, "_FORGET_EVERY_S", 0.0)
    append(log, "a")
    following.look()
    assert len(following.index) == 1
    clock.advance(61)
    following.look()
    assert len(following.index) == 0  # the alarm of this very outage looks at it
    clock.advance(900)
    following.look()
    with following.table() as table:
        assert table.driver_ids == []


def test_a_log_that_was_set_back_is_read_anew(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers
) -> None:
    """As after a restore: what is appended then takes offsets that were read before."""
    append(log, "a", "b", "c", sequence=1)
    append(log, "a", "b", "c", sequence=2)
    following.look()
    log.rows.clear()
    log.next = dict.fromkeys(log.next, 0)
    append(log, "a", sequence=9, status=DriverStatus.OFFLINE)
    clock.advance(1)
    following.look()
    following.look()
    clock.advance(1)
    following.look()
    assert idle(following) == ["b", "c"]


def test_nobody_is_matched_before_the_log_was_read_to_its_end(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who went offline half a minute ago are still idle in what was read so far."""
    monkeypatch.setattr(follow_drivers, "_READ_AT_ONCE", 1)
    monkeypatch.setattr(follow_drivers, "_LONGEST_LOOK_S", -1.0)
    append(log, "a", sequence=1)
    append(log, "a", sequence=2, status=DriverStatus.OFFLINE)
    following.look()  # reads nothing in so short a time
    monkeypatch.setattr(following, "_log", OneRead(log))
    monkeypatch.setattr(follow_drivers, "_LONGEST_LOOK_S", 60.0)
    with pytest.raises(UnavailableError):
        following.look()
    assert following.counters.read == 1
    assert following.index is NO_DRIVERS
    assert following.is_catching_up
    monkeypatch.setattr(following, "_log", log)
    following.look()
    assert not following.is_catching_up
    assert idle(following) == []


def test_a_worker_looks_rarely_when_nothing_comes_and_often_when_something_does(
    log: MemoryEventLog, clock: SetClock, following: FollowDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    following.look()
    assert not following.is_quiet  # nothing was ever there to be woken for
    append(log, "a")
    following.look()
    assert not following.is_quiet
    assert 0 < following.pause_s <= follow_drivers.LOOK_EVERY_S
    monkeypatch.setattr(follow_drivers, "QUIET_AFTER_S", -1.0)
    following.look()
    assert following.is_quiet


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.0, 0.1), (0.06, 0.04), (0.5, 0.0)])
def test_the_next_look_is_due_from_the_beginning_of_the_last_one(
    log: MemoryEventLog,
    following: FollowDrivers,
    monkeypatch: pytest.MonkeyPatch,
    took_s: float,
    pause_s: float,
) -> None:
    """A machine on which a look takes long does not wait longer for the next one."""
    monkeypatch.setattr(follow_drivers, "LOOK_EVERY_S", 0.1)
    now = [1_000.0]
    monkeypatch.setattr(follow_drivers, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def decode(batch: EventBatch) -> UpdateColumns:
        now[0] += took_s
        return decode_updates(batch)

    monkeypatch.setattr(following, "_decode", decode)
    append(log, "a")
    following.look()
    assert following.pause_s == pytest.approx(pause_s)


def test_nothing_behind_a_dead_event_is_applied_before_that_is_kept(
    log: MemoryEventLog, clock: SetClock
) -> None:
    kept: list[bytes] = []
    is_away = True

    def set_aside(batch: EventBatch) -> int:
        if is_away:
            raise UnavailableError("away")
        kept.extend(body for body in batch.bodies if body == b"poison")
        return len(kept)

    following = FollowDrivers(log, decode_updates, clock, fresh_s=60, set_aside=set_aside)
    append(log, "a")
    following.look()
    assert kept == []  # nobody asks where everything can be read
    log.append({DRIVERS: [NewEvent("b", b"poison")]})
    append(log, "b")
    clock.advance(1)
    with pytest.raises(UnavailableError):
        following.look()
    assert idle(following) == ["a"]
    is_away = False
    following.look()
    assert kept == [b"poison"]
    assert idle(following) == ["a", "b"]
    assert (following.counters.dead, following.counters.unreadable) == (1, 1)


class OneRead:
    """A log that is away after each read."""

    def __init__(self, log: MemoryEventLog) -> None:
        self._log = log
        self._is_away = False

    def read(self, *place: Any, most: int) -> Any:
        self._is_away = not self._is_away
        if not self._is_away:
            raise UnavailableError("away")
        return self._log.read(*place, most=most)

"""A worker counts the steps of the log: from where it begins, after a copy, while the log is away or was set back."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from tests.support.dispatch import NOW, micros
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.ride_steps import append_steps
from tests.support.shared_copy import MemorySharedCopy

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventBatch, NewEvent
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.adapters.packing import pack, unpack
from drivetrain.dispatch.features.application import follow_steps
from drivetrain.dispatch.features.application.follow_steps import FollowSteps
from drivetrain.dispatch.state.application.keep_copy import KeepCopy, load_copy


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RARE_LOOK_EVERY_S", "SHOW_EVERY_S", "AGE_EVERY_S"):
        monkeypatch.setattr(follow_steps, name, 0.0)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def log(clock: FixedClock) -> MemoryEventLog:
    return MemoryEventLog(clock)


def rates(following: FollowSteps, *drivers: str) -> list[float]:
    assert following.shown is not None
    return [float(rate) for rate in following.shown.of(drivers)["accept_rate_7d"]]


def test_nothing_is_shown_while_there_was_no_event(log: MemoryEventLog, clock: FixedClock) -> None:
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    assert (following.shown, following.offsets, following.is_up_to_date) == (None, None, False)


def test_steps_are_counted_and_shown_with_the_offsets_up_to_which(
    log: MemoryEventLog, clock: FixedClock
) -> None:
    append_steps(log, "accept", "d1", 2)
    append_steps(log, "decline", "d1", 2)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    assert rates(following, "d1") == [0.5]
    assert following.shown is not None
    assert following.shown.offsets == log.ends(REQUESTS)
    assert following.shown.as_of_us == micros(NOW)
    assert np.isnan(rates(following, "unknown", "d2")).all()


def test_what_is_shown_never_changes(log: MemoryEventLog, clock: FixedClock) -> None:
    append_steps(log, "accept", "d1", 1)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    first = following.shown
    append_steps(log, "accept", "d2", 1)
    append_steps(log, "decline", "d1", 1)
    following.look()
    assert first is not None
    assert first.of(["d1"])["accept_rate_7d"] == 1
    assert np.isnan(first.of(["d2"])["accept_rate_7d"])
    assert rates(following, "d1", "d2") == [0.5, 1.0]


def test_windows_move_on_while_nothing_comes(log: MemoryEventLog, clock: FixedClock) -> None:
    append_steps(log, "complete", "d1", 3)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    assert following.shown is not None
    assert following.shown.of(["d1"])["trips_1h"] == 3
    clock.advance(hours=2)
    following.look()
    assert following.shown.of(["d1"])["trips_1h"] == 0


def test_features_are_shown_only_when_all_was_read(
    log: MemoryEventLog, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts of a part of the window would look like counts of the whole."""
    append_steps(log, "accept", "d1", 40)
    monkeypatch.setattr(follow_steps, "_READ_AT_ONCE", 1)
    monkeypatch.setattr(follow_steps, "_LONGEST_LOOK_S", 0.0)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    assert following.shown is None
    assert following.lag_events > 0
    for _ in range(60):
        following.look()
    assert rates(following, "d1") == [1.0]
    assert following.counters.counted == 40


def test_what_cannot_be_read_is_counted_and_holds_nothing_up(log: MemoryEventLog, clock: FixedClock) -> None:
    log.append({REQUESTS: [NewEvent("r", b"poison"), NewEvent("r", b'{"kind": "accept"}')]})
    append_steps(log, "accept", "d1", 1)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    assert rates(following, "d1") == [1.0]
    assert (following.counters.read, following.counters.counted, following.counters.unreadable) == (3, 1, 2)


def test_while_the_log_is_away_what_is_shown_stays(
    log: MemoryEventLog, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_steps(log, "accept", "d1", 1)
    following = FollowSteps(log, decode_steps, clock)
    following.look()

    def away(*_: object, **__: object) -> EventBatch:
        raise UnavailableError("away")

    monkeypatch.setattr(log, "read", away)
    with pytest.raises(UnavailableError):
        following.look()
    assert rates(following, "d1") == [1.0]


def test_a_log_that_was_set_back_is_counted_anew(log: MemoryEventLog, clock: FixedClock) -> None:
    append_steps(log, "accept", "d1", 8)
    following = FollowSteps(log, decode_steps, clock)
    following.look()
    log.rows.clear()
    log.next.clear()
    append_steps(log, "decline", "d1", 1)
    for _ in range(3):
        following.look()
    assert rates(following, "d1") == [0.0]


def test_a_worker_that_starts_goes_on_from_the_copy(log: MemoryEventLog, clock: FixedClock) -> None:
    shared = MemorySharedCopy()
    append_steps(log, "accept", "d1", 3)
    first = FollowSteps(log, decode_steps, clock)
    first.look()
    KeepCopy(first, shared, pack)()
    append_steps(log, "decline", "d1", 1)
    second = FollowSteps(log, decode_steps, clock, load_copy=partial(load_copy, shared, unpack))
    second.look()
    first.look()
    assert rates(second, "d1") == rates(first, "d1") == [0.75]
    assert second.counters.read == 1


def test_a_copy_that_reaches_beyond_the_log_is_not_used(log: MemoryEventLog, clock: FixedClock) -> None:
    shared, other = MemorySharedCopy(), MemoryEventLog(clock)
    append_steps(other, "accept", "d1", 9)
    first = FollowSteps(other, decode_steps, clock)
    first.look()
    KeepCopy(first, shared, pack)()
    append_steps(log, "decline", "d1", 1)
    second = FollowSteps(log, decode_steps, clock, load_copy=partial(load_copy, shared, unpack))
    second.look()
    assert rates(second, "d1") == [0.0]

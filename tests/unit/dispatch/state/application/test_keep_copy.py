"""Workers share a copy: one writes it, one that starts goes on from it, and nobody needs it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from tests.support.dispatch import NOW, micros, update
from tests.support.driver_columns import state_of
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.shared_copy import MemorySharedCopy

from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.adapters.packing import pack, unpack
from drivetrain.dispatch.state.application import follow_drivers, keep_copy
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.keep_copy import KeepCopy, load_copy


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def log(clock: FixedClock) -> MemoryEventLog:
    return MemoryEventLog(clock)


@pytest.fixture
def shared() -> MemorySharedCopy:
    return MemorySharedCopy()


def worker(log: MemoryEventLog, shared: MemorySharedCopy) -> FollowDrivers:
    return FollowDrivers(
        log, decode_updates, log.clock, fresh_s=60, load_copy=partial(load_copy, shared, unpack)
    )


def append(log: MemoryEventLog, *names: str, sequence: int = 1) -> None:
    at = micros(log.clock.now())
    log.append({DRIVERS: [encode_update(update(name, sequence, occurred_us=at)) for name in names]})


def drivers_of(following: FollowDrivers) -> object:
    with following.table() as table:
        return state_of(table)


def test_a_worker_that_starts_goes_on_from_the_copy(
    log: MemoryEventLog, clock: FixedClock, shared: MemorySharedCopy
) -> None:
    append(log, "a", "b", "c")
    first = worker(log, shared)
    first.look()
    KeepCopy(first, shared, pack)()
    append(log, "a", "d", sequence=2)
    first.look()
    second = worker(log, shared)
    second.look()
    assert second.counters.read == 2  # what came after the copy
    assert drivers_of(second) == drivers_of(first)
    clock.at += timedelta(seconds=1)
    first.look()
    second.look()
    assert len(second.index) == len(first.index) == 4


def test_an_old_copy_does_not_make_a_worker_read_all_that_came_since(
    log: MemoryEventLog, clock: FixedClock, shared: MemorySharedCopy
) -> None:
    append(log, "a")
    first = worker(log, shared)
    first.look()
    KeepCopy(first, shared, pack)()
    clock.at += timedelta(seconds=10)
    append(log, *(f"d{number}" for number in range(50)))
    clock.at += timedelta(seconds=300)
    append(log, "b")
    second = worker(log, shared)
    second.look()
    assert second.counters.read == 1


def test_one_of_many_workers_writes(log: MemoryEventLog, shared: MemorySharedCopy) -> None:
    append(log, "a")
    workers = [worker(log, shared) for _ in range(3)]
    for each in workers:
        each.look()
    keepers = [KeepCopy(each, shared, pack) for each in workers]
    for keep in [*keepers, *keepers]:
        keep()
    assert shared.writes == 1


def test_a_copy_that_is_lost_is_written_again_though_nothing_came(
    log: MemoryEventLog, shared: MemorySharedCopy
) -> None:
    append(log, "a")
    following = worker(log, shared)
    following.look()
    keep = KeepCopy(following, shared, pack)
    keep()
    shared.end_claim()
    keep()
    assert shared.writes == 1  # nothing new: what is there lives on
    shared.flush()
    keep()
    assert shared.writes == 2
    assert shared.load() is not None


def test_a_worker_that_has_not_read_the_log_writes_nothing(
    log: MemoryEventLog, shared: MemorySharedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused = worker(log, shared)
    unused.look()
    KeepCopy(unused, shared, pack)()
    monkeypatch.setattr(follow_drivers, "_LONGEST_LOOK_S", -1.0)
    append(log, "a")
    begun = worker(log, shared)
    begun.look()
    KeepCopy(begun, shared, pack)()
    assert shared.writes == 0


def test_without_the_copy_everything_goes_on_and_health_says_it(
    log: MemoryEventLog, shared: MemorySharedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "a")
    shared.is_away = True
    following = worker(log, shared)
    following.look()
    assert len(following.index) == 1
    keep = KeepCopy(following, shared, pack)
    keep()
    assert keep.condition().state == "ok"  # for so short a time
    monkeypatch.setattr(keep_copy, "SHOWN_AFTER_S", -1.0)
    assert keep.condition().state == "degraded"
    assert "reads the last minutes of the log" in keep.condition().why
    shared.is_away = False
    keep()
    assert keep.condition().state == "ok"


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x00" * 64])
def test_a_copy_that_cannot_be_read_is_none(
    log: MemoryEventLog, shared: MemorySharedCopy, data: bytes
) -> None:
    append(log, "a")
    shared.keep(data, 900)
    following = worker(log, shared)
    following.look()
    assert len(following.index) == 1


def test_a_copy_of_a_log_that_was_set_back_is_not_used(log: MemoryEventLog, shared: MemorySharedCopy) -> None:
    append(log, "a", "b", "c", sequence=1)
    first = worker(log, shared)
    first.look()
    KeepCopy(first, shared, pack)()
    log.rows.clear()
    log.next = dict.fromkeys(log.next, 0)
    append(log, "a", sequence=1)
    second = worker(log, shared)
    second.look()
    with second.table() as table:
        assert table.driver_ids == ["a"]

"""Every event of the log is in the lake exactly once, whoever writes it, however often, and wherever they end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dispatch import NOW
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.lake import MemoryLake

from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.core.event_log import EventBatch, NewEvent
from drivetrain.core.progress import SilentProgress
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS
from drivetrain.dispatch.features.application import keep_lake
from drivetrain.dispatch.features.application.keep_lake import KeepLake, LakeReport, rows_of
from drivetrain.dispatch.features.application.ports import LakeObject


class TornLake(MemoryLake):
    """A lake whose writer is killed before, or after, some object."""

    def __init__(self) -> None:
        super().__init__()
        self.puts_left = 10**9
        self.is_killed_after = False

    def put(self, place: LakeObject, events: EventBatch) -> bool:
        self.puts_left -= 1
        if self.puts_left < 0 and not self.is_killed_after:
            raise UnavailableError("killed before it was put")
        is_put = super().put(place, events)
        if self.puts_left < 0:
            raise UnavailableError("killed after it was put")
        return is_put


def a_log(seed: int, count: int) -> MemoryEventLog:
    log, order = MemoryEventLog(FixedClock(NOW)), random.Random(seed)
    for number in range(count):
        log.clock.advance(minutes=order.choice([0, 0, 1, 20, 60]))  # type: ignore[attr-defined]
        log.append({REQUESTS: [NewEvent(f"r{order.randrange(9)}", b"%d" % number)]})
    return log


def in_lake(lake: MemoryLake) -> list[tuple[int, int, bytes]]:
    batches = [lake.read(place) for place in lake.objects(REQUESTS)]
    return [row for each in batches for row in zip(each.partitions, each.offsets, each.bodies, strict=True)]


def in_log(log: MemoryEventLog) -> list[tuple[int, int, bytes]]:
    batch = log.read(REQUESTS, {}, most=10**6)
    return list(zip(batch.partitions, batch.offsets, batch.bodies, strict=True))


def write(log: MemoryEventLog, lake: MemoryLake) -> LakeReport:
    return KeepLake(log, lake)(REQUESTS, SilentProgress())


@given(st.integers(0, 1_000), st.integers(0, 60), st.integers(1, 9))
def test_each_event_is_in_the_lake_once(seed: int, count: int, at_once: int) -> None:
    log, lake = a_log(seed, count), MemoryLake()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keep_lake, "READ_AT_ONCE", at_once)
        assert write(log, lake).events == count
        assert write(log, lake) == LakeReport(0, 0)
    assert sorted(in_lake(lake)) == sorted(in_log(log))


@given(st.integers(0, 1_000), st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=5))
def test_whoever_is_killed_leaves_nothing_out_and_nothing_twice(
    seed: int, kills: Sequence[tuple[int, bool]]
) -> None:
    log, lake = a_log(seed, 40), TornLake()
    for puts, is_after in kills:
        lake.puts_left, lake.is_killed_after = puts, is_after
        try:
            write(log, lake)
        except UnavailableError:
            log.append({REQUESTS: [NewEvent("r1", b"later")]})  # the next range ends elsewhere
    lake.puts_left = 10**9
    write(log, lake)
    assert sorted(in_lake(lake)) == sorted(in_log(log))


class OverlappingLake(MemoryLake):
    """Before an object is put, another writer, who saw a shorter log, puts its own for the same range."""

    def __init__(self) -> None:
        super().__init__()
        self.overtaken = 0

    def put(self, place: LakeObject, events: EventBatch) -> bool:
        if len(events) > 1:
            half = len(events) // 2
            shorter = EventBatch(
                events.partitions[:half],
                events.offsets[:half],
                events.keys[:half],
                events.bodies[:half],
                events.appended_us[:half],
                {place.partition: events.offsets[half]},
            )
            self.overtaken += super().put(place, shorter)
        return super().put(place, events)


def test_two_who_write_at_once_write_each_event_once() -> None:
    log, lake = a_log(3, 60), OverlappingLake()
    write(log, lake)
    assert lake.overtaken > 3
    assert sorted(in_lake(lake)) == sorted(in_log(log))


def test_an_object_holds_events_of_one_hour_alone() -> None:
    log, lake = a_log(5, 50), MemoryLake()
    write(log, lake)
    for place in lake.objects(REQUESTS):
        for known_us in lake.read(place).appended_us:
            known = datetime.fromtimestamp(known_us / 1e6, place.hour.tzinfo)
            assert known.replace(minute=0, second=0, microsecond=0) == place.hour


def test_what_is_not_chosen_is_not_kept_and_not_looked_at_again() -> None:
    log, lake = a_log(5, 30), MemoryLake()
    keep = KeepLake(log, lake, lambda events: rows_of(events, [], events.following))
    assert keep(REQUESTS, SilentProgress()).events == 0
    assert in_lake(lake) == []
    assert write(log, lake) == LakeReport(0, 0)


def test_topics_do_not_touch_each_other() -> None:
    log, lake = a_log(1, 5), MemoryLake()
    assert KeepLake(log, lake)(DRIVERS, SilentProgress()) == LakeReport(0, 0)
    assert write(log, lake).events == 5


def test_a_log_whose_old_days_are_gone_is_written_from_where_it_begins() -> None:
    log, lake = a_log(1, 5), MemoryLake()
    for place, rows in log.rows.items():
        log.rows[place] = rows[1:]
    assert write(log, lake).events == len(in_log(log)) < 5


def test_a_lake_that_knows_more_than_the_log_is_not_mixed_with_it() -> None:
    lake = MemoryLake()
    write(a_log(1, 30), lake)
    before = in_lake(lake)
    with pytest.raises(ConflictError) as raised:
        write(a_log(1, 3), lake)
    assert raised.value.code == "dispatch.lake_ahead"
    assert in_lake(lake) == before

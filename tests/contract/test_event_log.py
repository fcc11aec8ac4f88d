"""Every log of events keeps the promises of the port, and a topic of Kafka those of whoever only reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.event_log import EPOCH, MemoryEventLog, ReadLog
from tests.support.kafka import KafkaOfTests
from tests.support.kafka_broker import kafka_of_tests
from tests.support.kafka_log import KafkaLog

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.event_log import EventLog, EventTopic, NewEvent

TOPIC = EventTopic("cars", 4)
OTHER = EventTopic("boats", 2)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest) -> EventLog:
    if request.param == "memory":
        return MemoryEventLog()
    return PostgresEventLog(request.getfixturevalue("engine"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaOfTests]:
    """The mock cluster; a broker of Apache Kafka with `make kafka`."""
    with kafka_of_tests() as kafka:
        yield kafka


@pytest.fixture(params=["memory", "postgres", "kafka"])
def read_log(request: pytest.FixtureRequest) -> Iterator[ReadLog]:
    """What is promised to readers holds for a topic of Kafka as well (decision 79)."""
    if request.param == "kafka":
        with KafkaLog(request.getfixturevalue("cluster")) as topics:
            yield topics
    elif request.param == "memory":
        yield MemoryEventLog()
    else:
        yield PostgresEventLog(request.getfixturevalue("engine"))


def events(count: int, *, keys: int = 10) -> list[NewEvent]:
    return [NewEvent(f"k{number % keys}", f"body {number}".encode()) for number in range(count)]


def test_what_is_appended_is_read_in_the_order_of_each_key(read_log: ReadLog) -> None:
    given = events(200)
    for start in range(0, 200, 50):
        read_log.append({TOPIC: given[start : start + 50]})
    batch = read_log.read(TOPIC, {}, most=1_000)
    assert len(batch) == 200
    for key in sorted({event.key for event in given}):
        bodies = [body for name, body in zip(batch.keys, batch.bodies, strict=True) if name == key]
        assert bodies == [event.body for event in given if event.key == key]
    assert set(batch.partitions) <= set(range(TOPIC.partitions))
    assert all(TOPIC.partition(key) == part for key, part in zip(batch.keys, batch.partitions, strict=True))


def test_offsets_have_no_gaps_and_a_reader_goes_on_behind_the_last(read_log: ReadLog) -> None:
    read_log.append({TOPIC: events(100)})
    seen: list[tuple[int, int]] = []
    offsets = {}
    while batch := read_log.read(TOPIC, offsets, most=7):
        seen += zip(batch.partitions, batch.offsets, strict=True)
        offsets = dict(batch.following)
    ends = read_log.ends(TOPIC)
    assert sorted(seen) == [(part, place) for part in sorted(ends) for place in range(ends[part])]
    assert offsets == ends
    read_log.append({TOPIC: [NewEvent("k0", b"later")]})
    assert list(read_log.read(TOPIC, offsets, most=7).bodies) == [b"later"]


def test_a_log_without_events_is_empty(log: EventLog) -> None:
    log.append({TOPIC: []})
    assert log.ends(TOPIC) == {}
    assert len(log.read(TOPIC, {}, most=10)) == 0
    assert log.since(TOPIC, datetime(2026, 1, 1, tzinfo=UTC)) == {}


def test_a_reader_goes_on_in_each_partition_by_itself(read_log: ReadLog) -> None:
    given = events(60, keys=30)
    read_log.append({TOPIC: given})
    ends = read_log.ends(TOPIC)
    known = {part: end // 2 for part, end in ends.items()}
    batch = read_log.read(TOPIC, known, most=1_000)
    places = set(zip(batch.partitions, batch.offsets, strict=True))
    assert places == {(part, place) for part, end in ends.items() for place in range(known[part], end)}
    assert batch.following == ends


def test_topics_do_not_mix(read_log: ReadLog) -> None:
    read_log.append({TOPIC: [NewEvent("a", b"car")], OTHER: [NewEvent("a", b"boat")]})
    assert list(read_log.read(TOPIC, {}, most=10).bodies) == [b"car"]
    assert list(read_log.read(OTHER, {}, most=10).bodies) == [b"boat"]


def test_reading_again_from_an_offset_gives_the_same(read_log: ReadLog) -> None:
    read_log.append({TOPIC: events(50)})
    once = read_log.read(TOPIC, {}, most=50)
    again = read_log.read(TOPIC, {}, most=50)
    assert (list(once.bodies), once.appended_us) == (list(again.bodies), again.appended_us)


def test_a_reader_can_begin_at_an_instant(log: EventLog) -> None:
    log.append({TOPIC: events(20)})
    before = datetime.now(UTC) - timedelta(hours=1)
    assert len(log.read(TOPIC, log.since(TOPIC, before), most=100)) == 20
    after = datetime.now(UTC) + timedelta(hours=1)
    assert log.since(TOPIC, after) == log.ends(TOPIC)


def test_a_reader_begins_between_any_two_groups(log: EventLog) -> None:
    for number in range(9):
        log.append({TOPIC: events(3 * number + 1, keys=7)})
    everything = log.read(TOPIC, {}, most=1_000)
    for instant_us in sorted(set(everything.appended_us)):
        since = log.since(TOPIC, EPOCH + timedelta(microseconds=instant_us))
        rows = zip(everything.partitions, everything.offsets, everything.appended_us, strict=True)
        expected = sorted((part, place) for part, place, at in rows if at >= instant_us)
        batch = log.read(TOPIC, since, most=1_000)
        assert sorted(zip(batch.partitions, batch.offsets, strict=True)) == expected


def test_a_reader_can_begin_where_the_first_events_were_removed(log: EventLog) -> None:
    log.append({TOPIC: events(20)})
    log.remove_before(datetime.now(UTC).date() + timedelta(days=2))
    before = datetime.now(UTC) - timedelta(hours=1)
    assert log.since(TOPIC, before) == log.ends(TOPIC)
    log.append({TOPIC: [NewEvent("k0", b"later")]})
    assert list(log.read(TOPIC, log.since(TOPIC, before), most=100).bodies) == [b"later"]


def test_keys_and_bodies_come_back_byte_by_byte(read_log: ReadLog) -> None:
    odd = [NewEvent("Ärger ✓", bytes(range(256))), NewEvent("x", b"")]
    read_log.append({TOPIC: odd})
    batch = read_log.read(TOPIC, {}, most=10)
    assert dict(zip(batch.keys, batch.bodies, strict=True)) == {event.key: event.body for event in odd}


def test_events_are_stamped_by_the_clock_of_the_log(log: EventLog) -> None:
    earliest = datetime.now(UTC) - timedelta(minutes=5)
    log.append({TOPIC: events(3)})
    stamps = [datetime.fromtimestamp(us / 1e6, UTC) for us in log.read(TOPIC, {}, most=10).appended_us]
    assert all(earliest < stamp < earliest + timedelta(minutes=10) for stamp in stamps)


def test_days_that_are_over_are_removed_and_offsets_stay(log: EventLog) -> None:
    log.append({TOPIC: events(30)})
    ends = log.ends(TOPIC)
    today = datetime.now(UTC).date()
    assert log.remove_before(today - timedelta(days=1)) == 0
    assert len(log.read(TOPIC, {}, most=100)) == 30
    assert log.remove_before(today + timedelta(days=2)) >= 1
    assert len(log.read(TOPIC, {}, most=100)) == 0
    assert log.ends(TOPIC) == ends


def test_a_reader_behind_the_end_of_a_log_that_was_set_back_goes_on_at_its_end(log: EventLog) -> None:
    log.append({TOPIC: events(30)})
    ends = log.ends(TOPIC)
    batch = log.read(TOPIC, {part: end + 7 for part, end in ends.items()}, most=100)
    assert len(batch) == 0
    assert batch.following == ends
    log.append({TOPIC: [NewEvent("k0", b"later")]})
    assert list(log.read(TOPIC, batch.following, most=100).bodies) == [b"later"]
    part = TOPIC.partition("k0")
    batch = log.read(TOPIC, {part: ends[part] + 9}, most=100)
    assert batch.following[part] == ends[part] + 1

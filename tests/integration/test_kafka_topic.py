"""A topic of Kafka taken in as events: on the mock cluster that the client library carries, and a real database."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import Engine, text
from tests.support.dispatch import LIMITS, NOW, driver, flat_driver, flat_rider, rider
from tests.support.fakes import FixedClock
from tests.support.kafka import FAST, KafkaOfTests
from tests.support.kafka_broker import kafka_of_tests
from tests.support.postgres import fresh_database

from drivetrain.adapters.disk.process_report import ProcessReport
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.kafka.cluster import KafkaCluster
from drivetrain.adapters.kafka.topic_reader import TopicReader
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.event_notices import PostgresEventNotifier
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.adapters.kafka_source import TopicProcess, take_in_topic
from drivetrain.dispatch.events.adapters.message_store import PostgresMessageStore
from drivetrain.dispatch.events.adapters.metrics import TopicMetrics
from drivetrain.dispatch.events.adapters.settings import EventSettings, KafkaSettings
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.follow_topic import FollowTopic, Moved
from drivetrain.dispatch.events.application.ingest_events import Ingestion
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.products import MIGRATIONS

PATIENCE_S = 90
IMPATIENT = {**FAST, "max.poll.interval.ms": 2_000}
"""Kafka takes a member for dead that asked for nothing for so long."""

PARTITIONS = 3
TABLES = ("events", "event_heads", "ride_requests", "topic_positions", "dead_messages")

_numbers = count(1)


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaOfTests]:
    with kafka_of_tests() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def shared_engine(postgres_server: EmbeddedPostgres) -> Iterator[Engine]:
    """A migrated database for all tests of the module: to make one takes longer than most of them."""
    with fresh_database(postgres_server) as url:
        migrate(url, *MIGRATIONS)
        engine = open_engine(url, pool_size=4)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    with shared_engine.begin() as connection:
        connection.execute(text("TRUNCATE " + ", ".join(f"drivetrain.{table}" for table in TABLES)))
    return shared_engine


@pytest.fixture
def topic(kafka: KafkaOfTests) -> str:
    name = f"events-{next(_numbers)}"
    kafka.add_topic(name, PARTITIONS)
    return name


@dataclass
class Consumer:
    """One member of the group, stepped by the test."""

    kafka: KafkaOfTests
    topic: str
    engine: Engine
    group: str = ""
    is_from_end: bool = False
    options: dict[str, int] = field(default_factory=lambda: FAST)
    ingestions: list[Ingestion] = field(default_factory=list)
    moves: list[Moved] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = PostgresEventStore(self.engine, PostgresEventLog(self.engine))
        self.reader = TopicReader(
            KafkaCluster(self.kafka.servers),
            self.topic,
            self.group or f"group-{next(_numbers)}",
            answer_within_s=1.0,
            options=self.options,
        )
        self.following = FollowTopic(
            self.reader,
            PostgresMessageStore(self.engine, store, PostgresEventNotifier(self.engine)),
            LIMITS,
            FixedClock(NOW),
            decode_event,
            self.ingestions.append,
            self.moves.append,
            is_from_end=self.is_from_end,
        )

    def close(self) -> None:
        self.reader.close()

    def step_until(self, is_reached: Callable[[], bool], *others: Consumer) -> None:
        until(is_reached, lambda: [each.following.step() for each in (self, *others)])

    def accepted(self) -> int:
        return sum(ingestion.accepted for ingestion in self.ingestions)


def until(is_reached: Callable[[], bool], do: Callable[[], object]) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while not is_reached():
        assert time.monotonic() < ends_at
        do()


@pytest.fixture
def join(kafka: KafkaOfTests, topic: str, engine: Engine) -> Iterator[Callable[..., Consumer]]:
    members: list[Consumer] = []

    def join(**options: Any) -> Consumer:
        members.append(Consumer(kafka, topic, engine, **options))
        return members[-1]

    yield join
    for member in members:
        member.close()


def updates(numbers: range, partition: int = 0) -> list[tuple[int, bytes | None]]:
    """Updates of a driver of the partition, each with its own sequence."""
    return [
        (partition, orjson.dumps(driver(driver_id=f"d{partition}", sequence=number))) for number in numbers
    ]


def sequences(engine: Engine) -> dict[str, list[int]]:
    """What stands in the log, by driver, in its order."""
    batch = PostgresEventLog(engine).read(DRIVERS, {}, most=100_000)
    kept: dict[str, list[int]] = {}
    for key, body in zip(batch.keys, batch.bodies, strict=True):
        kept.setdefault(key, []).append(orjson.loads(body)["sequence"])
    return kept


def dead(engine: Engine) -> list[tuple[int, int, str, bytes]]:
    query = (
        "SELECT part, message_offset, code, body FROM drivetrain.dead_messages ORDER BY part, message_offset"
    )
    with engine.connect() as connection:
        return [(row.part, row.message_offset, row.code, row.body) for row in connection.execute(text(query))]


def test_both_shapes_are_taken_in_and_poison_is_set_aside_with_its_reason_and_place(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    poison = b'{"event_type": "driver_update", "latitude": NaN}'
    kafka.send(
        topic,
        [
            (0, orjson.dumps(driver())),
            (0, poison),
            (0, None),
            (0, orjson.dumps(flat_driver(driver_id="Driver_8 "))),
            (1, orjson.dumps(rider())),
            (1, orjson.dumps(rider())),
            (1, orjson.dumps(rider(rider_id="another"))),
            (1, orjson.dumps(flat_rider(request_id="r-2"))),
            (2, orjson.dumps(flat_driver(lat=-74.0, lon=40.7))),
            (2, b'{"event_type": "driver_update", "\\u0000": 1}'),
            (2, orjson.dumps(driver(occurred_at="2026-05-02T09:30:00Z"))),
        ],
    )
    member = join()
    member.step_until(lambda: sum(member.following.positions.values()) == 11)
    assert sorted(sequences(engine)) == ["driver_7", "driver_8"]
    assert sorted(PostgresEventLog(engine).read(REQUESTS, {}, most=10).keys) == ["r-1", "r-2"]
    assert [(part, offset, code) for part, offset, code, _ in dead(engine)] == [
        (0, 1, "dispatch.not_json"),
        (0, 2, "dispatch.not_json"),
        (1, 2, "dispatch.request_differs"),
        (2, 0, "dispatch.coordinates_swapped"),
        (2, 1, "dispatch.unknown_field"),
        (2, 2, "dispatch.in_the_future"),
    ]
    assert dead(engine)[0][3] == poison
    assert (member.accepted(), sum(ingestion.repeated for ingestion in member.ingestions)) == (4, 1)


def test_whoever_comes_back_goes_on_behind_what_was_kept(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, updates(range(50)))
    with closing(Consumer(kafka, topic, engine)) as first:
        first.step_until(lambda: first.accepted() == 50)
    kafka.send(topic, updates(range(50, 80)))
    second = join()
    second.step_until(lambda: second.accepted() == 30)
    assert sequences(engine) == {"d0": list(range(80))}


def test_a_process_that_was_stopped_while_others_read_on_changes_nothing(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, updates(range(40)))
    slow = join()
    until(lambda: bool(slow.following.positions), slow.following.step)
    batch = slow.reader.read(most=40, timeout_s=PATIENCE_S)  # and then it sleeps
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.topic_positions SET next = 25 WHERE part = 0"))
    unread, slow.reader.read = slow.reader.read, lambda **_: batch  # type: ignore[method-assign, assignment]
    assert slow.following.step() == 0
    assert sequences(engine) == {}
    slow.reader.read = unread  # type: ignore[method-assign]
    slow.step_until(lambda: slow.accepted() == 15)
    assert sequences(engine) == {"d0": list(range(25, 40))}


def test_partitions_that_are_given_away_in_the_middle_of_a_batch_repeat_nothing(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, updates(range(40)))
    slow = join(group=f"group-of-{topic}", options=IMPATIENT)
    until(lambda: bool(slow.following.positions), slow.following.step)
    batch = slow.reader.read(
        most=40, timeout_s=PATIENCE_S
    )  # and then it hangs, until Kafka takes it for dead
    other = join(group=f"group-of-{topic}")
    other.step_until(lambda: other.accepted() == 40)
    unread, slow.reader.read = slow.reader.read, lambda **_: batch  # type: ignore[method-assign, assignment]
    assert len(batch) > 0
    assert slow.following.step() == 0
    assert sequences(engine) == {"d0": list(range(40))}
    slow.reader.read = unread  # type: ignore[method-assign]
    kafka.send(topic, updates(range(40, 60)))
    other.step_until(lambda: slow.accepted() + other.accepted() == 60, slow)
    assert sequences(engine) == {"d0": list(range(60))}


def test_late_repeated_future_and_disordered_updates_leave_the_newest_and_so_does_reading_all_of_them_again(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    def sent(sequence: int, latitude: float, **ago: float) -> tuple[int, bytes]:
        at = (NOW - timedelta(**ago)).isoformat()
        return 0, orjson.dumps(driver(sequence=sequence, latitude=latitude, occurred_at=at))

    kafka.send(
        topic,
        [
            sent(1, 40.71, seconds=30),
            sent(4, 40.74, seconds=5),
            sent(4, 40.74, seconds=5),  # repeated
            sent(3, 40.73, seconds=10),  # out of order
            sent(2, 40.72, hours=2),  # late, and taken
            sent(9, 40.79, days=2),  # too late
            sent(8, 40.78, days=-3_650),  # of the future
        ],
    )
    member = join()
    member.step_until(lambda: member.following.positions.get(0) == 7)
    refused = [(0, 5, "dispatch.too_old"), (0, 6, "dispatch.in_the_future")]
    assert [place[:3] for place in dead(engine)] == refused
    assert newest(engine) == {"driver_7": (4, 40.74)}
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.topic_positions SET next = 0"))
    kafka.send(topic, [sent(5, 40.75, seconds=1)])
    member.step_until(lambda: member.following.positions.get(0) == 8 and member.accepted() == 11)
    assert [place[:3] for place in dead(engine)] == refused
    assert newest(engine) == {"driver_7": (5, 40.75)}


def newest(engine: Engine) -> dict[str, tuple[int, float]]:
    """Sequence and latitude of each driver, as a worker that starts now knows them."""
    following = FollowDrivers(PostgresEventLog(engine), decode_updates, FixedClock(NOW), fresh_s=60)
    following.look()
    with following.table() as table:
        columns = table.columns
        rows = zip(columns.sequences.tolist(), columns.latitudes.tolist(), strict=True)
        return dict(zip(table.driver_ids, rows, strict=True))


def test_partitions_that_change_hands_again_and_again_lose_and_repeat_nothing(
    kafka: KafkaOfTests, topic: str, engine: Engine
) -> None:
    total, each = 300, 100
    sent = threading.Event()

    def send() -> None:
        for start in range(0, each, 10):
            kafka.send(
                topic, [one for part in range(PARTITIONS) for one in updates(range(start, start + 10), part)]
            )
        sent.set()

    def kept() -> int:
        return sum(map(len, sequences(engine).values()))

    thread = threading.Thread(target=send)
    thread.start()
    with closing(Consumer(kafka, topic, engine, "shared")) as stays:
        stays.step_until(lambda: kept() > 0)
        with closing(Consumer(kafka, topic, engine, "shared")) as comes:
            stays.step_until(lambda: bool(comes.following.positions), comes)
        stays.step_until(lambda: kept() == total)
    thread.join(PATIENCE_S)
    assert sent.is_set()
    assert sequences(engine) == {f"d{part}": list(range(each)) for part in range(PARTITIONS)}
    assert dead(engine) == []


def test_a_broker_that_is_away_is_named_and_nothing_is_lost(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    member = join()
    kafka.send(topic, updates(range(10)))
    notes: list[str] = []
    registry = CollectorRegistry()
    process = TopicProcess(
        member.reader, member.following, TopicMetrics(registry), notes.append, check_every_s=0.0
    )
    stop = threading.Event()
    thread = threading.Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        until(lambda: member.accepted() == 10, lambda: time.sleep(0.02))
        with kafka.away():
            until(lambda: bool(notes) and "Kafka cannot be read" in notes[-1], lambda: time.sleep(0.02))
        kafka.send(topic, updates(range(10, 20)))
        until(lambda: member.accepted() == 20 and notes[-1] == "", lambda: time.sleep(0.02))
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert sequences(engine) == {"d0": list(range(20))}
    until(
        lambda: registry.get_sample_value("drivetrain_dispatch_topic_lag_messages") == 0,
        lambda: time.sleep(0.02),
    )


def test_a_database_that_is_away_stops_the_taking_in_and_nothing_is_lost(
    kafka: KafkaOfTests,
    topic: str,
    engine: Engine,
    join: Callable[..., Consumer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kafka.send(topic, updates(range(10)))
    member = join()
    member.step_until(lambda: member.accepted() == 10)
    store = member.following.store
    nowhere = open_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    member.following.store = PostgresMessageStore(
        nowhere, PostgresEventStore(nowhere, PostgresEventLog(nowhere)), PostgresEventNotifier(nowhere)
    )
    kafka.send(topic, updates(range(10, 20)))
    with pytest.raises(UnavailableError, match="database"):
        member.step_until(lambda: False)
    with pytest.raises(UnavailableError, match="database"):
        member.step_until(lambda: False)
    member.following.store = store
    member.step_until(lambda: member.accepted() == 20)
    assert sequences(engine) == {"d0": list(range(20))}


def test_messages_that_are_gone_are_counted_and_the_rest_is_read(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, updates(range(10)))
    with closing(Consumer(kafka, topic, engine)) as first:
        first.step_until(lambda: first.accepted() == 10)
    kafka.send(topic, updates(range(10, 30)))
    kafka.remove_before(topic, 0, 15)
    member = join()
    member.step_until(lambda: member.accepted() == 15)
    assert [(move.as_dict()) for move in member.moves] == [
        {"partition": 0, "stored": 10, "oldest": 15, "lost": 5}
    ]
    assert sequences(engine) == {"d0": [*range(10), *range(15, 30)]}


def test_a_topic_can_be_read_again_from_an_offset_while_it_is_followed(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, [*updates(range(20)), (1, orjson.dumps(rider())), (1, b"poison")])
    member = join()
    member.step_until(lambda: sum(member.following.positions.values()) == 22)
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.topic_positions SET next = 0 WHERE part = 1"))
        connection.execute(text("UPDATE drivetrain.topic_positions SET next = 18 WHERE part = 0"))
    kafka.send(topic, [*updates(range(20, 21)), (1, b"more poison")])
    member.step_until(lambda: sum(member.following.positions.values()) == 24)
    assert Counter(sequences(engine)["d0"]) == Counter([*range(21), 18, 19])
    assert len(PostgresEventLog(engine).read(REQUESTS, {}, most=10)) == 1
    assert [place[:2] for place in dead(engine)] == [(1, 1), (1, 2)]


def test_a_topic_begins_at_its_end_where_that_is_asked(
    kafka: KafkaOfTests, topic: str, engine: Engine, join: Callable[..., Consumer]
) -> None:
    kafka.send(topic, updates(range(10)))
    member = join(is_from_end=True)
    member.step_until(lambda: bool(member.following.positions))
    kafka.send(topic, updates(range(10, 15)))
    member.step_until(lambda: member.accepted() == 5)
    assert sequences(engine) == {"d0": list(range(10, 15))}


def ports_of(settings: KafkaSettings, engine: Engine, home: Path, stop: threading.Event) -> Any:
    """What the process of the topic is given."""
    groups = {KafkaSettings: settings, EventSettings: EventSettings()}
    installation = SimpleNamespace(folder=home, clock=SystemClock(), settings=groups.__getitem__)
    database = SimpleNamespace(engine=engine)
    return SimpleNamespace(
        installation=installation, database=database, stop=stop, registry=CollectorRegistry()
    )


def test_the_process_takes_in_the_topic_of_the_settings_and_says_how_it_is(
    kafka: KafkaOfTests, topic: str, engine: Engine, tmp_path: Path
) -> None:
    stop = threading.Event()
    settings = KafkaSettings(servers=kafka.servers, topic=topic, group=f"group-{next(_numbers)}")
    ports = ports_of(settings, engine, tmp_path, stop)
    report = ProcessReport(tmp_path / "run", "kafka")
    kafka.send(topic, [(0, orjson.dumps(driver(occurred_at=datetime.now(UTC).isoformat())))])
    thread = threading.Thread(target=take_in_topic, args=(ports,))
    thread.start()
    try:
        until(lambda: sequences(engine) == {"driver_7": [3]}, lambda: time.sleep(0.02))
        until(lambda: report.condition().state == "ok", lambda: time.sleep(0.02))
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    accepted = {"outcome": "accepted"}
    assert ports.registry.get_sample_value("drivetrain_dispatch_events_total", accepted) == 1


def test_settings_that_cannot_be_used_are_shown_in_the_health(engine: Engine, tmp_path: Path) -> None:
    settings = KafkaSettings(
        servers="127.0.0.1:1",
        security="ssl",
        ca_file=tmp_path / "none.pem",
        password=SecretStr("hidden-word"),
    )
    with pytest.raises(InvalidInputError):
        take_in_topic(ports_of(settings, engine, tmp_path, threading.Event()))
    condition = ProcessReport(tmp_path / "run", "kafka").condition()
    assert (condition.state, "ssl.ca.location" in condition.why) == ("degraded", True)
    assert "hidden-word" not in condition.why


def test_settings_that_cannot_be_used_are_named_without_the_password(topic: str) -> None:
    cluster = KafkaCluster(
        "127.0.0.1:1",
        "sasl_ssl",
        "PLAIN",
        "user",
        "hidden-word",
        ca_file="/nowhere/ca.pem",  # type: ignore[arg-type]
    )
    with pytest.raises(InvalidInputError) as caught:
        TopicReader(cluster, topic, "group")
    assert "ssl.ca.location" in caught.value.detail
    assert "hidden-word" not in f"{caught.value.detail} {cluster}"

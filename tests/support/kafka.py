"""A Kafka cluster in memory: the mock that librdkafka carries, spoken to over TCP like a real one.

It knows no administration and no offsets by time, keeps some 5 MB of a partition, and forgets everything at its end.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import confluent_kafka
from confluent_kafka import Producer

FAST = {"heartbeat.interval.ms": 100, "session.timeout.ms": 2_000}
"""Options of a member of a group: the mock shares partitions out anew a second before a session would end."""

_PRODUCER = 0
_BROKER = 1


def _library() -> ctypes.CDLL:
    """The library of the wheel, already loaded by its own module."""
    folder = Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs"
    library = ctypes.CDLL(str(next(folder.glob("librdkafka-*.so*"))))
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, arguments in (
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_broker_set_down", number, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_broker_set_up", number, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_partition_delete_records", number, [pointer, text, ctypes.c_int32, ctypes.c_int64]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def open_producer(servers: str) -> Producer:
    """A producer that repeats and reorders nothing."""
    return Producer(
        {"bootstrap.servers": servers, "enable.idempotence": True, "linger.ms": 0, "log_level": 0}
    )


def send_with(producer: Producer, topic: str, messages: Iterable[tuple[int, bytes | None]]) -> None:
    """Append messages to partitions, in their order."""
    for partition, body in messages:
        producer.produce(topic, body, partition=partition)
    assert producer.flush(60) == 0


class MockKafka:
    """One broker of a mock cluster."""

    def __init__(self, library: ctypes.CDLL, cluster: int) -> None:
        self._library = library
        self._cluster = cluster
        self.servers = str(library.rd_kafka_mock_cluster_bootstraps(cluster).decode())
        self._producer = open_producer(self.servers)

    def add_topic(self, name: str, partitions: int) -> None:
        """Make an empty topic."""
        assert self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1) == 0

    def send(self, topic: str, messages: Iterable[tuple[int, bytes | None]]) -> None:
        """Append messages to partitions, in their order."""
        send_with(self._producer, topic, messages)

    def remove_before(self, topic: str, partition: int, offset: int) -> None:
        """Forget the first messages, as retention does."""
        remove = self._library.rd_kafka_mock_partition_delete_records
        assert remove(self._cluster, topic.encode(), partition, offset) == 0

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody reaches the broker while the block runs."""
        assert self._library.rd_kafka_mock_broker_set_down(self._cluster, _BROKER) == 0
        try:
            yield
        finally:
            assert self._library.rd_kafka_mock_broker_set_up(self._cluster, _BROKER) == 0


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """A cluster for as long as the block runs."""
    library = _library()
    message = ctypes.create_string_buffer(512)
    handle = library.rd_kafka_new(_PRODUCER, None, message, len(message))
    assert handle, message.value
    cluster = library.rd_kafka_mock_cluster_new(handle, 1)
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    try:
        yield MockKafka(library, cluster)
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(handle)


class KafkaOfTests(Protocol):
    """What tests ask of a cluster, the mock or a real one."""

    servers: str

    def add_topic(self, name: str, partitions: int) -> None: ...

    def send(self, topic: str, messages: Iterable[tuple[int, bytes | None]]) -> None: ...

    def remove_before(self, topic: str, partition: int, offset: int) -> None: ...

    def away(self) -> AbstractContextManager[None]: ...

"""A topic of Kafka in place of a log, for those who only read: the reader of the product, and a sender for its events.

The key of an event decides where it stands, and is not read: what a reader relies on is the order of a partition.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import count
from types import TracebackType

from tests.support.kafka import FAST, KafkaOfTests

from drivetrain.adapters.kafka.cluster import KafkaCluster
from drivetrain.adapters.kafka.topic_reader import TopicMessage, TopicReader
from drivetrain.core.event_log import EventBatch, EventTopic, NewEvent, Offsets

PATIENCE_S = 90.0

_numbers = count(1)


class KafkaLog:
    """Topics of one test, each read by a group of its own."""

    def __init__(self, kafka: KafkaOfTests) -> None:
        self._kafka = kafka
        self._readers: dict[EventTopic, TopicReader] = {}
        self._keys: dict[bytes, str] = {}

    def __enter__(self) -> KafkaLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers.values():
            reader.close()

    def append(self, events: Mapping[EventTopic, Sequence[NewEvent]]) -> None:
        for topic, new in events.items():
            name = self._reader(topic).topic
            self._kafka.send(name, [(topic.partition(event.key), event.body) for event in new])
            self._keys |= {event.body: event.key for event in new}

    def read(self, topic: EventTopic, offsets: Offsets, *, most: int) -> EventBatch:
        reader, ends = self._reader(topic), self.ends(topic)
        starts = {part: offsets.get(part, 0) for part in range(topic.partitions)}
        left = sum(max(0, ends.get(part, 0) - start) for part, start in starts.items())
        reader.place(starts)
        messages: list[TopicMessage] = []
        give_up_at = time.monotonic() + PATIENCE_S
        while len(messages) < min(most, left):
            assert time.monotonic() < give_up_at, "messages that are there do not come"
            messages += reader.read(most=most - len(messages), timeout_s=0.1)
        messages.sort(key=lambda message: message.partition)  # stable: the order of each partition is Kafka's
        return EventBatch(
            [message.partition for message in messages],
            [message.offset for message in messages],
            [self._keys[message.body] for message in messages],
            [message.body for message in messages],
            [0] * len(messages),
            {**offsets, **{message.partition: message.offset + 1 for message in messages}},
        )

    def ends(self, topic: EventTopic) -> Offsets:
        bounds = {part: self._reader(topic).bounds(part) for part in range(topic.partitions)}
        return {part: end for part, (_, end) in bounds.items() if end}

    def _reader(self, topic: EventTopic) -> TopicReader:
        if topic not in self._readers:
            name = f"{topic.name}-{next(_numbers)}"
            self._kafka.add_topic(name, topic.partitions)
            self._readers[topic] = reader = TopicReader(
                KafkaCluster(self._kafka.servers), name, f"group-of-{name}", options=FAST
            )
            give_up_at = time.monotonic() + PATIENCE_S
            while len(reader.unplaced) < topic.partitions:
                assert time.monotonic() < give_up_at, "the group gives out no partitions"
                reader.read(most=1, timeout_s=0.1)
        return self._readers[topic]

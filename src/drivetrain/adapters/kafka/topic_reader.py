"""Reading a topic as a member of a consumer group, from positions that the caller keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from drivetrain.adapters.kafka.cluster import (
    REQUEST_TIMEOUT_S,
    KafkaCluster,
    Options,
    silent_logger,
    translating,
    unavailable,
)
from drivetrain.core.event_log import Offsets

_BUFFER_KIB = 16 * 1024
"""Messages that wait inside the library."""


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """One message; its body is empty where it has none."""

    partition: int
    offset: int
    body: bytes


class TopicReader:
    """One member of a group. Kafka shares the partitions out, and the caller keeps how far they are read.

    Used by one thread. ``read`` must be called again and again, also while nothing can be done with messages, or the
    group takes the member for dead.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        topic: str,
        group: str,
        *,
        answer_within_s: float = REQUEST_TIMEOUT_S,
        options: Mapping[str, str | int] | None = None,
    ) -> None:
        """Join the group; nothing is read before ``place``.

        Args:
            answer_within_s: longest wait for one answer of a broker.
            options: of librdkafka, in place of ours.

        Raises:
            InvalidInputError: the settings cannot be used.
        """
        self.topic = topic
        self._answer_within_s = answer_within_s
        self._partitions: Sequence[int] = ()
        self._is_placed = False
        self._problem: KafkaError | None = None
        self._cluster = ""
        self.is_usable = True
        ours: Options = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",  # a position whose messages are gone is the caller's matter
            "partition.assignment.strategy": "range",
            "queued.max.messages.kbytes": _BUFFER_KIB,
            "fetch.wait.max.ms": 100,
        }
        with translating():
            self._consumer = Consumer(
                {**cluster.options(), **ours, **(options or {}), "error_cb": self._note},
                logger=silent_logger(),
            )
            self._consumer.subscribe([topic], on_assign=self._assign, on_revoke=self._revoke)

    def name(self) -> str:
        """The topic with the id of its cluster: offsets of a topic of this name elsewhere mean something else.

        Raises:
            UnavailableError: Kafka does not answer.
        """
        if not self._cluster:
            with translating(self._problem):
                self._cluster = self._consumer.list_topics(
                    self.topic, timeout=self._answer_within_s
                ).cluster_id
        return f"kafka://{self._cluster}/{self.topic}"

    @property
    def unplaced(self) -> Sequence[int]:
        """The partitions that the group has given to this member, while it is not known where to read them."""
        return () if self._is_placed else self._partitions

    def place(self, offsets: Offsets) -> None:
        """Read all partitions of this member from these offsets on; what was read and not handed out is dropped."""
        with translating():
            self._consumer.assign(
                [TopicPartition(self.topic, part, offsets[part]) for part in self._partitions]
            )
        self._is_placed = True

    def unplace(self) -> None:
        """Read nothing until placed again."""
        with translating():
            self._consumer.assign([])
        self._is_placed = False

    def bounds(self, partition: int) -> tuple[int, int]:
        """The offset of the oldest message that is left, and of the next one that comes.

        Raises:
            UnavailableError: Kafka does not answer.
        """
        with translating():
            oldest, following = self._consumer.get_watermark_offsets(
                TopicPartition(self.topic, partition), timeout=self._answer_within_s
            )
        return oldest, following

    def read(self, *, most: int, timeout_s: float) -> list[TopicMessage]:
        """The next messages of the partitions, those of each in their order; unplaced where the messages are gone.

        Args:
            timeout_s: how long to wait for so many; what has come until then is given.

        Raises:
            UnavailableError: this member can read no more; ``is_usable`` is False from then on.
        """
        with translating():
            messages = self._consumer.consume(most, timeout_s)
        return [read for message in messages if (read := self._read(message)) is not None]

    def check(self) -> None:
        """See whether the topic can be reached.

        Raises:
            UnavailableError: it cannot, and why.
        """
        with translating(self._problem):
            topic = self._consumer.list_topics(self.topic, timeout=self._answer_within_s).topics[self.topic]
        problem = topic.error or self._problem
        self._problem = None
        if problem is not None:
            raise unavailable(problem)

    def lag(self, offsets: Offsets) -> int:
        """How many messages of this member's partitions stand behind the offsets, as last heard of; asks nobody."""
        return sum(max(0, self._end(part) - offsets[part]) for part in self._partitions if part in offsets)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _end(self, partition: int) -> int:
        place = TopicPartition(self.topic, partition)
        _, following = self._consumer.get_watermark_offsets(place, cached=True)
        return int(following)

    def _read(self, message: Message) -> TopicMessage | None:
        """A message; None for one that says what is wrong instead."""
        error = message.error()
        partition, offset = message.partition(), message.offset()
        if error is None and partition is not None and offset is not None:
            return TopicMessage(partition, offset, message.value() or b"")
        if error is None:
            raise AssertionError("a message that was read has its place")
        if error.fatal():
            self.is_usable = False
            raise unavailable(error)
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            self.unplace()
        else:
            self._problem = error
        return None

    def _assign(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._partitions = sorted(place.partition for place in partitions)
        self._is_placed = False
        consumer.assign([])  # the library would read from its own idea of a position

    def _revoke(self, consumer: Consumer, _: Sequence[TopicPartition]) -> None:
        self._partitions, self._is_placed = (), False
        consumer.unassign()

    def _note(self, error: KafkaError) -> None:
        self._problem = error

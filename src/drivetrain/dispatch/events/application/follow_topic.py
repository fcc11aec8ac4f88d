"""Taking in the messages of a topic outside of the platform: the effect of each exactly once.

How far a partition is read stands in the database, and moves in the transaction that keeps the events. A process that
was stopped for minutes, or whose partitions were given to another one in the middle of a batch, finds the position moved,
and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from drivetrain.core.errors import ConflictError, FieldError, InvalidInputError, UnavailableError
from drivetrain.core.time import Clock
from drivetrain.dispatch.events.application.ingest_events import Ingestion, read_rows
from drivetrain.dispatch.events.application.ports import Message, MessageSource, MessageStore, RefusedMessage
from drivetrain.dispatch.events.domain.reading import Limits

MOST_AT_ONCE = 2_000
"""Messages in one transaction."""

WAIT_S = 0.1
"""Longest wait for messages: as much later an event is seen than it could be."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A position whose messages are gone: removed by age, or the topic was made anew."""

    partition: int
    stored: int
    oldest: int

    @property
    def lost(self) -> int:
        """Messages that nobody has read; 0 where the topic was made anew."""
        return max(0, self.oldest - self.stored)

    def as_dict(self) -> dict[str, int]:
        """Plain values, for a log line."""
        return {**asdict(self), "lost": self.lost}


@dataclass(slots=True)
class FollowTopic:
    """Reads a topic step by step, from where the database says.

    Attributes:
        decode: gives the fields of a body, or a ``FieldError``.
        ingested: told what became of each batch, after its commit.
        moved: told of positions whose messages are gone.
        is_from_end: whether a topic that was never read is read from its end; else from its oldest message. A partition
            that is added to a known topic is read from its oldest message.
    """

    source: MessageSource
    store: MessageStore
    limits: Limits
    clock: Clock
    decode: Callable[[bytes], object]
    ingested: Callable[[Ingestion], None]
    moved: Callable[[Moved], None]
    is_from_end: bool = False
    positions: dict[int, int] = field(default_factory=dict)
    _name: str = ""

    def step(self) -> int:
        """Take in the messages that come within ``WAIT_S``; how many they were.

        Raises:
            UnavailableError: source or database cannot be reached; nothing is lost, the next step goes on.
        """
        messages = self.source.read(most=MOST_AT_ONCE, timeout_s=WAIT_S)
        try:
            if messages:
                self._take(messages)
            elif self.source.unplaced:
                self._place()
        except ConflictError:  # another process has read on, and will or will not go on: the database knows
            self.source.unplace()
            return 0
        except UnavailableError:
            self.source.unplace()
            raise
        return len(messages)

    def _place(self) -> None:
        """Begin to read the partitions that this process was given."""
        self._name = self.source.name()
        stored = self.store.positions(self._name)
        bounds = {part: self.source.bounds(part) for part in self.source.unplaced}
        is_from_end = self.is_from_end and not stored
        starts = {part: bounds[part][is_from_end] for part in bounds.keys() - stored.keys()}
        if starts:
            stored = self.store.begin(self._name, starts)
        self.positions = {part: stored[part] for part in bounds}
        for part, (oldest, following) in bounds.items():
            if not oldest <= stored[part] <= following:
                self._move(Moved(part, stored[part], oldest))
        self.source.place(self.positions)

    def _move(self, moved: Moved) -> None:
        before, after = {moved.partition: moved.stored}, {moved.partition: moved.oldest}
        with self.store.effect(self._name, before, after):
            pass
        self.positions |= after
        self.moved(moved)

    def _take(self, messages: Sequence[Message]) -> None:
        """Make the effect of messages; one by one, where the database refuses something in them."""
        try:
            self._make_effect(messages, [self.decode(message.body) for message in messages])
        except InvalidInputError as error:
            if len(messages) == 1:
                self._make_effect(messages, [FieldError(error.code, error.detail)])
                return
            half = len(messages) // 2
            self._take(messages[:half])
            self._take(messages[half:])

    def _make_effect(self, messages: Sequence[Message], rows: Sequence[object]) -> None:
        reading = read_rows(rows, self.clock.now(), self.limits)
        after = {message.partition: message.offset + 1 for message in messages}
        before = {part: self.positions[part] for part in after}
        with self.store.effect(self._name, before, after) as effect:
            arrivals = reading.arrivals
            ingestion = reading.ingestion(effect.keep(arrivals) if len(arrivals) else {})
            effect.set_aside(
                [
                    RefusedMessage(messages[row - 1], reason)
                    for row, reason in sorted(ingestion.refused.items())
                ]
            )
        self.positions |= after
        self.ingested(ingestion)

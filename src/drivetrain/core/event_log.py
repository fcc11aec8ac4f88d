"""The log of events: what happened, kept in order for each key, to be read again from any place."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

Offsets = Mapping[int, int]
"""By partition, the offset of the next event to read, >= 0; a partition that is not named is read from its start."""


def reachable(offsets: Offsets, ends: Offsets) -> dict[int, int]:
    """The offsets, those behind the end of their partition at the end."""
    return {part: min(offset, ends.get(part, 0)) for part, offset in offsets.items()}


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Events of one kind.

    Attributes:
        partitions: how many orders there are, >= 1; never changed once events were appended, because a key's place
            follows from it.
    """

    name: str
    partitions: int

    def partition(self, key: str) -> int:
        """Where the events of a key stand, the same in every process."""
        return zlib.crc32(key.encode()) % self.partitions


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append; those of one key keep their order."""

    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events that were read, column by column; each partition's in the order of their offsets.

    Attributes:
        appended_us: when they were appended, microseconds since 1970 by the clock of the log.
        following: to read on from. Smaller than the offset that was asked for where the log ends before that: it was
            restored from a backup, or from a copy that was late.
    """

    partitions: Sequence[int]
    offsets: Sequence[int]
    keys: Sequence[str]
    bodies: Sequence[bytes]
    appended_us: Sequence[int]
    following: Offsets

    def __len__(self) -> int:
        return len(self.keys)


class EventNotifier(Protocol):
    """Wakes those who wait for events. Blocking."""

    def notify(self) -> None:
        """Say that events were appended, after the commit. Never fails: readers look by themselves as well."""
        ...


class EventListener(Protocol):
    """Waits for events. Blocking."""

    def wait(self, timeout_s: float) -> None:
        """Return when events may have been appended, at the latest after the time or when the process ends."""
        ...

    def close(self) -> None:
        """Listen no more until the next wait."""
        ...


class EventLog(Protocol):
    """Where events are kept. Blocking.

    Each key has one partition. Offsets of a partition have no gaps and become visible in their order, so that a
    reader who goes on behind the last one it saw misses none.
    """

    def append(
        self, events: Mapping[EventTopic, Sequence[NewEvent]], *, connection: Any | None = None
    ) -> None:
        """Append events, all or none of them; durable when this returns.

        Args:
            connection: of SQLAlchemy, in a transaction: they are appended if that commits. None for at once.

        Raises:
            UnavailableError: the log cannot be reached; nothing was acknowledged.
            InvalidInputError: it cannot store them.
        """
        ...

    def read(self, topic: EventTopic, offsets: Offsets, *, most: int) -> EventBatch:
        """The next events, at most ``most`` of each partition.

        Raises:
            UnavailableError: the log cannot be reached.
        """
        ...

    def ends(self, topic: EventTopic) -> Offsets:
        """Where the next event of each partition will stand; empty while there was none.

        Raises:
            UnavailableError: the log cannot be reached.
        """
        ...

    def since(self, topic: EventTopic, instant: datetime) -> Offsets:
        """From where to read what was appended at an instant or later.

        Raises:
            UnavailableError: the log cannot be reached.
        """
        ...

    def remove_before(self, day: date) -> int:
        """Remove what was appended before a day, UTC, of all topics; how many days that were.

        Raises:
            UnavailableError: the log cannot be reached.
        """
        ...

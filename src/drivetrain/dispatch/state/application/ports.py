"""What following the drivers needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivetrain.core.event_log import EventBatch, Offsets
from drivetrain.dispatch.state.domain.drivers import UpdateColumns


class Decode(Protocol):
    """Reads updates of drivers as they stand in the log."""

    def __call__(self, batch: EventBatch, /) -> UpdateColumns:
        """The updates, in their order; events that are none are left out."""
        ...


@dataclass(frozen=True, slots=True)
class DriverCopy:
    """The drivers as some worker knew them.

    Attributes:
        updates: one for each driver.
        offsets: up to which the log was applied.
        appended_us: when the newest event was appended, microseconds since 1970.
    """

    updates: UpdateColumns
    offsets: Offsets
    appended_us: int


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event of the log that cannot be read.

    Attributes:
        id: grows in the order in which they were set aside.
        body: the first bytes of it.
        code: the reason.
        pointer: JSON pointer to the field that is wrong; empty where it is the whole.
    """

    id: int
    topic: str
    partition: int
    offset: int
    appended_at: datetime
    key: str
    body: bytes
    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class DeadEventPage:
    """Some dead events, the newest first, and how many there are in all."""

    events: Sequence[DeadEvent]
    total: int


class DeadEvents(Protocol):
    """Keeps the events that cannot be read, each once, however often they come. Blocking."""

    def set_aside(self, batch: EventBatch) -> int:
        """Keep those of a batch that cannot be read; how many were not kept before.

        Raises:
            UnavailableError: they could not be kept; read them again.
        """
        ...

    def newest(self, most: int, *, before: int | None = None) -> DeadEventPage:
        """The dead events that were set aside last.

        Args:
            before: only those with a smaller id.

        Raises:
            UnavailableError: they cannot be read.
        """
        ...

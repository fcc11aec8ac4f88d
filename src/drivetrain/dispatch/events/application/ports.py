"""What taking events in needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from drivetrain.core.errors import FieldError
from drivetrain.core.event_log import Offsets
from drivetrain.dispatch.events.domain.events import DriverUpdate, RiderRequest

RequestsById = Mapping[str, RiderRequest]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Checked events that came together.

    Attributes:
        requests: each id once.
        received_us: when they arrived, microseconds since 1970.
    """

    updates: Sequence[DriverUpdate]
    requests: Sequence[RiderRequest]
    received_us: int

    def __len__(self) -> int:
        return len(self.updates) + len(self.requests)


class EventKeeper(Protocol):
    """Makes events durable, each request once."""

    async def keep(self, arrivals: Arrivals) -> RequestsById:
        """Return once they are durable, with the request that stands under each id.

        A request whose id was known before is not kept again; the one of then is returned.

        Raises:
            UnavailableError: they could not be kept; nothing was acknowledged, and sending them again does no harm.
        """
        ...


class Message(Protocol):
    """One message of a topic outside of the platform."""

    @property
    def partition(self) -> int: ...  # noqa: D102

    @property
    def offset(self) -> int: ...  # noqa: D102

    @property
    def body(self) -> bytes:
        """Empty where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that is set aside, and why."""

    message: Message
    reason: FieldError


class MessageSource(Protocol):
    """A topic outside of the platform, read together with other processes. Blocking, used by one thread."""

    @property
    def unplaced(self) -> Sequence[int]:
        """Partitions that this process is to read, while it is not known from where."""
        ...

    def name(self) -> str:
        """Of the topic and where it is: offsets of another one mean something else.

        Raises:
            UnavailableError: it cannot be reached.
        """
        ...

    def place(self, offsets: Offsets) -> None:
        """Read the partitions from these offsets on; what was read and not handed out is dropped."""
        ...

    def unplace(self) -> None:
        """Read nothing until placed again."""
        ...

    def bounds(self, partition: int) -> tuple[int, int]:
        """The offset of the oldest message that is left, and of the next one that comes.

        Raises:
            UnavailableError: it cannot be reached.
        """
        ...

    def read(self, *, most: int, timeout_s: float) -> Sequence[Message]:
        """The next messages, those of each partition in their order; none for as long as it is not placed.

        Raises:
            UnavailableError: this reader can read no more, and must be made anew.
        """
        ...


class MessageEffect(Protocol):
    """What some messages change, in one transaction."""

    def keep(self, arrivals: Arrivals) -> RequestsById:
        """Keep events; the request that stands under each id."""
        ...

    def set_aside(self, refused: Sequence[RefusedMessage]) -> None:
        """Keep messages that are no events, for people to look at."""
        ...


class MessageStore(Protocol):
    """Keeps how far topics are read, together with what their messages changed. Blocking."""

    def positions(self, source: str) -> Offsets:
        """Where to read on; a partition that was never read is missing.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def begin(self, source: str, offsets: Offsets) -> Offsets:
        """Note where to begin with new partitions; the positions of all, those of a faster process included.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def effect(self, source: str, before: Offsets, after: Offsets) -> AbstractContextManager[MessageEffect]:
        """A transaction that moves positions, and changes what the messages between change.

        Raises:
            ConflictError: a position is no longer what it was before: another process has read on. Nothing is changed.
            UnavailableError: the database cannot be reached; nothing is changed.
        """
        ...

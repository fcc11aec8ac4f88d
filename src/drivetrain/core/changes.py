"""What has changed, by topic: enough for a page to know what to ask for again, and where its reader stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import InvalidInputError

KEPT_S = 3_600
"""How long the log keeps a change. Who comes back later is told that everything may have changed."""

_POSITION = re.compile(r"([0-9]{1,12})\.([0-9]{1,18}):([0-9]{1,18}):((?:[0-9]{1,18},)*[0-9]{1,18})?")
_LONGEST_POSITION = 8_000


class Audience(StrEnum):
    """Whom a change concerns, beside the scope that its topic needs."""

    PLATFORM = "platform"
    PERSON = "person"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Change:
    """Something of a topic has changed.

    Attributes:
        owner: the person or the company that it belongs to; None where it is the platform's.
    """

    topic: str
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What changes are about.

    Attributes:
        scope: without which a caller learns nothing of it.
        everywhere: scope with which a caller learns of the changes of all companies.
    """

    name: str
    scope: str
    audience: Audience = Audience.PLATFORM
    everywhere: str | None = None

    def is_open_to(self, caller: Caller) -> bool:
        """Whether the caller may learn of changes at all."""
        has_owner = self.audience is not Audience.PERSON or caller.person is not None
        return self.scope in caller.scopes and has_owner

    def concerns(self, caller: Caller, change: Change) -> bool:
        """Whether the caller may learn of this change; who acts for no company learns of none by itself."""
        if not self.is_open_to(caller) or change.topic != self.name:
            return False
        if self.audience is Audience.PERSON:
            return change.owner == caller.person
        if self.audience is Audience.COMPANY:
            is_own = caller.company is not None and change.owner == caller.company
            return is_own or self.reaches_all(caller)
        return True

    def reaches_all(self, caller: Caller) -> bool:
        """Whether the caller learns of the changes of all owners."""
        return self.everywhere is not None and self.everywhere in caller.scopes


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log: which transactions a reader has seen.

    A plain number would not do: transactions commit in another order than they take numbers, and a reader that
    goes on behind the largest one misses those that commit later.

    Attributes:
        taken_s: when it was read, Unix seconds of the database's clock.
        snapshot: as PostgreSQL writes one: ``xmin:xmax:those in progress``.
    """

    taken_s: int
    snapshot: str

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read what ``str`` wrote.

        Raises:
            InvalidInputError: ``events.bad_position``; it is no position.
        """
        match = _POSITION.fullmatch(text) if len(text) <= _LONGEST_POSITION else None
        if match is None:
            raise _not_a_position()
        taken_s, oldest, following, running = match.groups()
        numbers = [int(number) for number in (running or "").split(",") if number]
        in_order = all(before < after for before, after in pairwise(numbers))
        within = all(int(oldest) <= number < int(following) for number in numbers)
        if not 0 < int(oldest) <= int(following) or not in_order or not within:
            raise _not_a_position()
        return cls(int(taken_s), f"{oldest}:{following}:{running or ''}")

    @property
    def following(self) -> int:
        """The first number that no transaction had taken yet."""
        return int(self.snapshot.split(":")[1])

    def __str__(self) -> str:
        return f"{self.taken_s}.{self.snapshot}"


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What a reader has missed.

    Attributes:
        position: to go on from.
        is_complete: False where the log does not reach back so far: anything may have changed.
    """

    position: Position
    changes: Sequence[Change]
    is_complete: bool = True


class ChangeLog(Protocol):
    """Where changes are noted, each in the transaction that makes it. Blocking."""

    def read(self, since: Position | None) -> ChangePage:
        """What was committed since a position, each topic and owner once; nothing, and where the log ends, for None.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


def _not_a_position() -> InvalidInputError:
    return InvalidInputError(
        "Last-Event-ID and since must be the id of an event of this stream.", code="events.bad_position"
    )

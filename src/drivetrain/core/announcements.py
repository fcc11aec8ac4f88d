"""Messages to people, written in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

MODEL_PROMOTED, MODEL_ROLLED_BACK, TASK_FAILED = "model_promoted", "model_rolled_back", "task_failed"
"""Messages that the platform causes itself."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person.

    Attributes:
        arguments: of the message, as its kind names them; never a secret.
    """

    person: UUID
    arguments: Mapping[str, str]


class Announcements(Protocol):
    """Where the messages are written."""

    def announce(
        self,
        connection: Any,
        message: str,
        roles: Sequence[str],
        arguments: Mapping[str, str],
        *,
        company: UUID | None = None,
        people: Sequence[UUID] = (),
    ) -> None:
        """Write a message to everybody who holds one of some roles, once each, and to the webhooks of those roles.

        It is sent after the transaction commits, and not at all if it does not. Texts that are too long are cut,
        so that no cause fails by its message.

        Args:
            connection: of the transaction. Typed loosely because this layer knows no SQL library.
            message: its name.
            arguments: of the message, as its kind names them; never a secret.
            company: where the roles are held; None for the whole platform.
            people: who get the message beside, if they have an active account.

        Raises:
            InvalidInputError: there is no such message, or it takes other arguments.
            UnavailableError: the database cannot be reached.
        """
        ...

    def tell(self, connection: Any, message: str, letters: Sequence[Letter]) -> None:
        """Write a message to each of some people, on the channels that they want it; many at once cost little more than one.

        Who has no active account gets none. For the rest it is as with ``announce``.

        Args:
            letters: at most one for each person.

        Raises:
            InvalidInputError: there is no such message, or it takes other arguments.
            UnavailableError: the database cannot be reached.
        """
        ...

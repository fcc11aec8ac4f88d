"""Messages to all who hold a role, written in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

MODEL_PROMOTED, MODEL_ROLLED_BACK, TASK_FAILED = "model_promoted", "model_rolled_back", "task_failed"
"""Messages that the platform causes itself."""


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

"""The audit trail: who changed a right, a model or a policy, when, from where, and with what result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

Detail = Mapping[str, str | int | float | bool | Sequence[str] | None]

CLIENT_HOST: ContextVar[str | None] = ContextVar("client_host", default=None)
"""Address of the client whose request is being answered; None outside of requests."""


class AuditResult(StrEnum):
    """What came of an action."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail, as whoever changes something writes it; the trail adds when and from where.

    The trail is never erased: a person stands in it by an opaque id alone, never by name or address.

    Attributes:
        actor: as in ``Caller.subject``; "command line" and the like where nobody signed in.
        action: what was done, ``subject.verb``: ``keys.create``, ``models.promote``.
        object: what it was done to, kind and id: ``key Ab3...``, ``model rental-price``; never a secret.
        company: whose matter it is; None for the installation's own.
        detail: what else tells the change; plain values.
    """

    actor: str
    action: str
    object: str
    result: AuditResult = AuditResult.DONE
    company: UUID | None = None
    detail: Detail = field(default_factory=dict)


class AuditTrail(Protocol):
    """Where the lines go."""

    def record(self, connection: Any, entry: AuditEntry) -> None:
        """Write a line in the caller's transaction: it stands if and only if the change does.

        Lines of the whole installation follow each other, so that until the transaction ends all others wait
        for it: write the line last.

        Args:
            connection: of the transaction. Typed loosely because this layer knows no SQL library.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

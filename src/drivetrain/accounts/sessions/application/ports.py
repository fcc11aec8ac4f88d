"""What the use cases of sessions ask of the world beside the ports of people."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.accounts.people.application.ports import Work
from drivetrain.accounts.sessions.domain.session import Session


class SessionStore(Protocol):
    """The rows of sessions, in the transaction of a work."""

    def add(self, session: Session, digest: bytes) -> None:
        """Store a session."""
        ...

    def of_person(self, person: UUID, instant: datetime) -> Sequence[Session]:
        """The live sessions of a person, the one seen last first."""
        ...

    def end(self, person: UUID, session: UUID) -> bool:
        """End a session of a person; False where they have no such session."""
        ...

    def end_all(self, person: UUID) -> int:
        """End all sessions of a person; how many there were."""
        ...


class SessionWork(Work, Protocol):
    """One transaction with the stores of people and sessions."""

    @property
    def sessions(self) -> SessionStore: ...  # noqa: D102


class OpenSessionWork(Protocol):
    """Opens a work."""

    def __call__(self) -> AbstractContextManager[SessionWork]:
        """Open it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

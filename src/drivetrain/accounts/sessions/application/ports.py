"""What the use cases of sessions ask of the world beside the ports of people."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.accounts.people.application.ports import Work
from drivetrain.accounts.sessions.domain.provider import Attempt, Claims, Identity
from drivetrain.accounts.sessions.domain.session import Session, Workplace


class SessionStore(Protocol):
    """The rows of sessions, in the transaction of a work."""

    def add(self, session: Session, digest: bytes) -> None:
        """Store a session."""
        ...

    def of_person(self, person: UUID, instant: datetime) -> Sequence[Session]:
        """The live sessions of a person, the one seen last first."""
        ...

    def workplaces(self, person: UUID) -> Sequence[Workplace]:
        """The companies in which a person works, by name."""
        ...

    def end(self, person: UUID, session: UUID) -> bool:
        """End a session of a person; False where they have no such session."""
        ...

    def end_all(self, person: UUID) -> int:
        """End all sessions of a person; how many there were."""
        ...


class IdentityStore(Protocol):
    """The accounts at identity providers that are linked to people, in the transaction of a work."""

    def add(self, identity: Identity) -> bool:
        """Store a link; False where the account is linked already, or the person to another one of the same provider."""
        ...

    def of_subject(self, issuer: str, subject: str) -> Identity | None:
        """The link of an account at a provider, or None."""
        ...

    def of_person(self, person: UUID) -> Sequence[Identity]:
        """The links of a person, the first one first."""
        ...

    def note_use(self, identity: UUID, instant: datetime) -> None:
        """Note when somebody signed in by a link."""
        ...

    def remove(self, person: UUID, identity: UUID) -> Identity | None:
        """Delete a link of a person, and give it; None where they have no such link."""
        ...


class SessionWork(Work, Protocol):
    """One transaction with the stores of people and sessions."""

    @property
    def sessions(self) -> SessionStore: ...  # noqa: D102

    @property
    def identities(self) -> IdentityStore: ...  # noqa: D102


class OpenSessionWork(Protocol):
    """Opens a work."""

    def __call__(self) -> AbstractContextManager[SessionWork]:
        """Open it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


class IdentityProvider(Protocol):
    """One provider of OpenID Connect."""

    @property
    def issuer(self) -> str: ...  # noqa: D102

    @property
    def label(self) -> str: ...  # noqa: D102

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes for an attempt.

        Raises:
            UnavailableError: ``sessions.provider_unavailable``.
        """
        ...

    async def claims(self, attempt: Attempt, authorization_code: str) -> Claims:
        """What the provider says of whoever signed in there.

        Raises:
            UnauthenticatedError: ``sessions.provider_refused``, the code is not good; ``sessions.provider_unverified``,
                the ID token is not one that the provider made for this attempt.
            UnavailableError: ``sessions.provider_unavailable``; it is slow, gone, or answers what cannot be read.
            TooManyRequestsError: too many sign-ins wait for it.
        """
        ...

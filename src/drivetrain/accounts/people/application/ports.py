"""What the use cases of people ask of the world: one transaction with its stores, and hashes of passwords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from drivetrain.accounts.people.domain.factor import Factor
from drivetrain.accounts.people.domain.person import Address, Person, RoleHeld
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.core.audit import AuditEntry


class PersonStore(Protocol):
    """The rows of people, in the transaction of a work."""

    def add(self, person: Person) -> bool:
        """Store a person; False where the address has an account already, and nothing is changed."""
        ...

    def by_email(self, key: str) -> Person | None:
        """The person of an address, or None."""
        ...

    def by_id(self, person: UUID) -> Person | None:
        """The person of an id, or None."""
        ...

    def lock(self, person: UUID) -> Person | None:
        """The person of an id, whom nobody else changes until the transaction ends."""
        ...

    def all(self) -> Sequence[Person]:
        """Everybody, newest first."""
        ...

    def set_password(self, person: UUID, password_hash: str, instant: datetime) -> None:
        """Store a password; the address counts as verified. All sessions of the person end."""
        ...

    def mark_verified(self, person: UUID, instant: datetime) -> None:
        """Note that the address is theirs; a second time changes nothing."""
        ...

    def change_profile(self, person: UUID, *, name: str, language: str, time_zone: str) -> None:
        """Store a profile."""
        ...

    def set_deactivated(self, person: UUID, instant: datetime | None) -> None:
        """Deactivate from an instant on, or not any more. All sessions of the person end."""
        ...

    def erase(self, person: UUID) -> None:
        """Delete the person and all that hangs on them."""
        ...

    def exported(self, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about the person by table, without hashes and sealed secrets."""
        ...

    def roles(self, person: UUID) -> Sequence[RoleHeld]:
        """What the person holds."""
        ...

    def grant(self, person: UUID, role: RoleHeld, *, by: str, instant: datetime) -> None:
        """Give a role; one that is held already changes nothing. All sessions of the person end."""
        ...

    def lock_administrators(self) -> Sequence[UUID]:
        """The platform's administrators who can sign in; nobody else changes one until the transaction ends."""
        ...


class TokenStore(Protocol):
    """The rows of one-time links, in the transaction of a work."""

    def add(self, token: OneTimeToken) -> None:
        """Store a link; those of the same purpose and person that nobody used are not good any more."""
        ...

    def by_id(self, token_id: UUID) -> OneTimeToken | None:
        """The link of an id, left as it is; None where there is none."""
        ...

    def take(self, token_id: UUID, instant: datetime) -> OneTimeToken | None:
        """Mark a link as used and give it as it was before; None where there is none. Of two at once one waits."""
        ...


class FactorStore(Protocol):
    """The second factors, in the transaction of a work."""

    def enroll(self, person: UUID, secret: bytes, instant: datetime) -> bool:
        """Store a secret that is not confirmed yet; False where a confirmed one exists, and nothing is changed."""
        ...

    def of_person(self, person: UUID) -> Factor | None:
        """The factor of a person, or None. Of two transactions at once one waits."""
        ...

    def confirm(self, person: UUID, step: int, recovery: Sequence[bytes], instant: datetime) -> None:
        """Have the factor asked for from now on, and store the hashes of its recovery codes."""
        ...

    def use_step(self, person: UUID, step: int) -> None:
        """Note that the codes up to this step are used."""
        ...

    def use_recovery(self, person: UUID, digest: bytes, instant: datetime) -> bool:
        """Use up a recovery code; False where there is none."""
        ...

    def remove(self, person: UUID) -> None:
        """Delete the factor and its recovery codes."""
        ...


class Letters(Protocol):
    """Messages to people, written in the transaction that causes them."""

    def write(self, connection: Any, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Have a message sent.

        Args:
            message: its name.
            arguments: what stands in it; of a link the id of its row, because the link is derived when it is sent.
        """
        ...


class Work(Protocol):
    """The stores of one transaction. It commits when its block ends without an error."""

    @property
    def connection(self) -> Any:
        """Of SQLAlchemy, in the transaction: for what products hold about people."""
        ...

    @property
    def people(self) -> PersonStore: ...  # noqa: D102

    @property
    def tokens(self) -> TokenStore: ...  # noqa: D102

    @property
    def factors(self) -> FactorStore: ...  # noqa: D102

    def write(self, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Write a message."""
        ...

    def record(self, entry: AuditEntry) -> None:
        """Write a line of the audit trail; the last thing in a work."""
        ...


class OpenWork(Protocol):
    """Opens a work."""

    def __call__(self) -> AbstractContextManager[Work]:
        """Open it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


class PasswordHasher(Protocol):
    """Slow hashes of passwords, few at once."""

    async def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and salt.

        Raises:
            TooManyRequestsError: too many wait already.
        """
        ...

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the one. With None it takes as long as with a hash, and is False.

        Raises:
            TooManyRequestsError: too many wait already.
        """
        ...


class AddressReader(Protocol):
    """The one rule of what an e-mail address is, and when two spellings are one address."""

    def __call__(self, text: str, *, field: str = "/email") -> Address:
        """Read an address.

        Raises:
            ContractError: ``people.bad_email``.
        """
        ...

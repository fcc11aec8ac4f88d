"""A person: who may sign in, and with which roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from drivetrain.core.access import PersonRole
from drivetrain.core.errors import ConflictError

LANGUAGES = ("en", "de", "fr", "ar")
"""Of the web app and of what is sent to people."""

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address.

    Attributes:
        text: as it is written to.
        key: equal for two spellings of one address.
    """

    text: str
    key: str


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role of a person.

    Attributes:
        company: where it counts; None on the whole platform.
        branch: of that company; None in all of it.
    """

    role: str
    company: UUID | None = None
    branch: UUID | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One account.

    Attributes:
        password_hash: None where no password was set yet.
        verified_at: when it was shown that the address is theirs; None for not yet.
    """

    person_id: UUID
    email: Address
    name: str
    language: str
    time_zone: str
    created_at: datetime
    created_by: str
    password_hash: str | None = field(default=None, repr=False)
    password_set_at: datetime | None = None
    verified_at: datetime | None = None
    deactivated_at: datetime | None = None

    @property
    def may_sign_in(self) -> bool:
        """True for a verified person who was not deactivated."""
        return self.verified_at is not None and self.deactivated_at is None


def is_platform_admin(roles: Sequence[RoleHeld]) -> bool:
    """True where one of the roles is that of a platform administrator."""
    return RoleHeld(PersonRole.ADMIN) in roles


def keep_an_administrator(administrators: Sequence[UUID], leaving: UUID) -> None:
    """Refuse what would leave the platform without an administrator.

    Args:
        administrators: those who can sign in, locked until the change is made.

    Raises:
        ConflictError: nobody would be left.
    """
    if list(administrators) == [leaving]:
        raise ConflictError(
            "This is the last administrator; give somebody else the role first.",
            code="people.last_administrator",
        )

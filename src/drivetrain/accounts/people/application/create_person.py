"""Making an account for somebody: by an administrator, on the command line, or at the first start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import check_profile, new_token, person_object
from drivetrain.accounts.people.application.ports import AddressReader, OpenWork
from drivetrain.accounts.people.domain.person import Person, RoleHeld
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose
from drivetrain.core.access import PersonRole
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError, InvalidInputError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is known of somebody who gets an account.

    Attributes:
        password_hash: None where they choose a password by a link.
        roles: on the whole platform.
    """

    email: str
    name: str
    language: str = "en"
    time_zone: str = "UTC"
    roles: Sequence[str] = ()
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class CreatePerson:
    """Makes an account whose address somebody vouches for."""

    works: OpenWork
    addresses: AddressReader
    clock: Clock

    def __call__(self, request: NewPerson, *, actor: str) -> tuple[Person, OneTimeToken | None]:
        """Make it.

        Returns:
            The person, and the link by which they choose a password; None where they have one.

        Raises:
            ContractError: the address, the name, the language or the time zone cannot be used.
            InvalidInputError: ``people.unknown_role``.
            ConflictError: ``people.email_taken``.
        """
        check_profile(request.name, request.language, request.time_zone)
        check_roles(request.roles)
        now = self.clock.now()
        person = Person(
            person_id=UUID(new_id()),
            email=self.addresses(request.email),
            name=request.name.strip(),
            language=request.language,
            time_zone=request.time_zone,
            created_at=now,
            created_by=actor,
            password_hash=request.password_hash,
            password_set_at=None if request.password_hash is None else now,
            verified_at=now,
        )
        token = None if request.password_hash else new_token(Purpose.WELCOME, person.person_id, now)
        with self.works() as work:
            if not work.people.add(person):
                raise ConflictError("This address has an account already.", code="people.email_taken")
            for role in request.roles:
                work.people.grant(person.person_id, RoleHeld(role), by=actor, instant=now)
            if token is not None:
                work.tokens.add(token)
            detail = {"roles": list(request.roles)}
            work.record(AuditEntry(actor, "people.create", person_object(person.person_id), detail=detail))
        return person, token


def check_roles(roles: Sequence[str]) -> None:
    """Refuse what is no role of people.

    Raises:
        InvalidInputError: ``people.unknown_role``.
    """
    known = [role.value for role in PersonRole]
    for role in roles:
        if role not in known:
            raise InvalidInputError(
                f"{role!r} is no role of people; there are: {', '.join(known)}.", code="people.unknown_role"
            )

"""Links by which somebody signs in once: for the first administrator, and for whoever has lost every other way."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, new_token, person_object
from drivetrain.accounts.people.application.ports import AddressReader, OpenWork, Work
from drivetrain.accounts.people.domain.person import Person, RoleHeld
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose
from drivetrain.core.access import PersonRole
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock

BY_UP = "up"


@dataclass(frozen=True, slots=True)
class MakeSignInLink:
    """Makes a link for somebody who may sign in."""

    works: OpenWork
    clock: Clock

    def __call__(self, person: UUID, *, actor: str) -> OneTimeToken:
        """Make it; those of the person that nobody used are not good any more.

        Raises:
            NotFoundError: ``people.not_found``.
            ConflictError: ``people.may_not_sign_in``; not verified, or deactivated.
        """
        with self.works() as work:
            if not existing(work.people, person).may_sign_in:
                raise ConflictError("This person may not sign in.", code="people.may_not_sign_in")
            return _add_link(work, person, self.clock, actor)


@dataclass(frozen=True, slots=True)
class WelcomeAdministrator:
    """Makes the first administrator, and a link for them as long as they have no password."""

    works: OpenWork
    addresses: AddressReader
    clock: Clock

    def __call__(self, email: str) -> tuple[Person, OneTimeToken] | None:
        """The administrator and their link; None where one has a password, or there are several.

        Args:
            email: of the first administrator.

        Raises:
            ContractError: it is no address.
        """
        address = self.addresses(email)
        with self.works() as work:
            administrators = work.people.lock_administrators()
            if not administrators:
                person = self._first(
                    Person(
                        person_id=UUID(new_id()),
                        email=address,
                        name="Administrator",
                        language="en",
                        time_zone="UTC",
                        created_at=self.clock.now(),
                        created_by=BY_UP,
                        verified_at=self.clock.now(),
                    ),
                    work,
                )
            else:
                person = existing(work.people, administrators[0])
            if person is None or len(administrators) > 1 or person.password_hash is not None:
                return None
            return person, _add_link(work, person.person_id, self.clock, BY_UP)

    def _first(self, person: Person, work: Work) -> Person | None:
        """Store the first administrator; None where the address is somebody else's."""
        if not work.people.add(person):
            return None
        role = RoleHeld(PersonRole.ADMIN)
        work.people.grant(person.person_id, role, by=BY_UP, instant=person.created_at)
        detail = {"roles": [str(role.role)]}
        work.record(AuditEntry(BY_UP, "people.create", person_object(person.person_id), detail=detail))
        return person


def _add_link(work: Work, person: UUID, clock: Clock, actor: str) -> OneTimeToken:
    token = new_token(Purpose.SIGN_IN, person, clock.now())
    work.tokens.add(token)
    work.record(AuditEntry(actor, "people.sign_in_link", person_object(person)))
    return token

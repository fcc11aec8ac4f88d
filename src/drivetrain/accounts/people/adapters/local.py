"""People on this machine: the use cases that commands and `up` need, on an opened database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.people.adapters.use_cases import FACTOR_KEY, TOKEN_KEY, link_address
from drivetrain.accounts.people.adapters.work import Works
from drivetrain.accounts.people.application.create_person import CreatePerson
from drivetrain.accounts.people.application.deactivate_person import DeactivatePerson
from drivetrain.accounts.people.application.erase_person import ErasePerson
from drivetrain.accounts.people.application.sign_in_link import MakeSignInLink, WelcomeAdministrator
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase


class NoLetters:
    """The port ``Letters`` where nobody is written to: whoever is at this machine hands links over by hand."""

    def write(self, connection: Any, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Refuse, because a message that is never sent must not be taken for one that is.

        Raises:
            ConflictError: always.
        """
        raise ConflictError(
            f"The message {message!r} can be sent by the running platform only.", code="people.no_letters"
        )


@dataclass(frozen=True, slots=True)
class LocalPeople:
    """What can be done with people without signing in: whoever may use this machine may do it."""

    works: Works
    installation: Installation

    def of_email(self, email: str) -> Person:
        """The person of an address.

        Raises:
            ContractError: it is no address.
            NotFoundError: ``people.not_found``.
        """
        address = read_address(email, field="EMAIL")
        with self.works() as work:
            person = work.people.by_email(address.key)
        if person is None:
            raise NotFoundError(f"Nobody has the address {address.text}.", code="people.not_found")
        return person

    def all(self) -> Sequence[tuple[Person, Sequence[str]]]:
        """Everybody with their roles, newest first."""
        with self.works() as work:
            people = work.people.all()
            return [
                (person, [role.role for role in work.people.roles(person.person_id)]) for person in people
            ]

    def link(self, token: OneTimeToken) -> str:
        """The address that a link leads to."""
        base = self.installation.settings(PeopleSettings).public_url or self.installation.address
        return link_address(base, self.installation.derived_key(TOKEN_KEY))(token)

    @property
    def create(self) -> CreatePerson:
        """Makes accounts."""
        return CreatePerson(self.works, read_address, self.installation.clock)

    @property
    def deactivate(self) -> DeactivatePerson:
        """Keeps people out, and lets them in again."""
        return DeactivatePerson(self.works, self.installation.clock)

    @property
    def erase(self) -> ErasePerson:
        """Erases people."""
        return ErasePerson(self.works, self.installation.personal_data())

    @property
    def make_sign_in_link(self) -> MakeSignInLink:
        """Makes links to sign in by."""
        return MakeSignInLink(self.works, self.installation.clock)

    @property
    def welcome(self) -> WelcomeAdministrator:
        """Makes the first administrator."""
        return WelcomeAdministrator(self.works, read_address, self.installation.clock)


def people_on(installation: Installation, database: OpenDatabase) -> LocalPeople:
    """The people of an opened database."""
    factor_key = installation.derived_key(FACTOR_KEY)
    return LocalPeople(Works(database.engine, NoLetters(), database.audit, factor_key), installation)


@contextmanager
def local_people(installation: Installation) -> Iterator[LocalPeople]:
    """The people of an installation, for as long as the block runs.

    Raises:
        UnavailableError: the database cannot be reached or started.
    """
    with installation.database() as database:
        yield people_on(installation, database)


def welcome_lines(installation: Installation, database: OpenDatabase) -> Sequence[str]:
    """Make the first administrator where there is none; what `up` says once it serves.

    Raises:
        InvalidInputError: the address of the settings cannot be used.
    """
    people = people_on(installation, database)
    welcomed = people.welcome(installation.settings(PeopleSettings).admin_email)
    if welcomed is None:
        return []
    person, token = welcomed
    return [
        f"Sign in as {person.email.text}, once and within five minutes: {people.link(token)}\n"
        f"  Then choose a password. `drivetrain people link {person.email.text}` makes another link."
    ]

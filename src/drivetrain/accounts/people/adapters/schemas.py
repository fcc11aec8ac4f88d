"""Bodies and answers of people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.accounts.people.domain.passwords import LONGEST as LONGEST_PASSWORD
from drivetrain.accounts.people.domain.person import LANGUAGES, LONGEST_NAME, Person, RoleHeld
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.access import PersonRole
from drivetrain.core.time import iso_utc

LONGEST_EMAIL = 320
_LINK = 64

Email = Field(
    max_length=LONGEST_EMAIL, description="E-mail address; case and surrounding spaces do not matter."
)
Name = Field(min_length=1, max_length=LONGEST_NAME, description="As others see it.")
Language = Field("en", max_length=16, description=f"One of {', '.join(LANGUAGES)}.")
TimeZone = Field("UTC", max_length=64, description="Name in the IANA database, such as Europe/Berlin.")
Password = Field(
    max_length=4 * LONGEST_PASSWORD,
    description="At least 12 characters; no common word, no run on the keyboard.",
)
Link = Field(max_length=_LINK, description="The part of the link after `#`.")
Code = Field("", max_length=32, description="Code of the second factor, or a recovery code.")


class SignUpBody(StrictBody):
    """What ``POST /sign-ups`` takes."""

    email: str = Email
    name: str = Name
    language: str = Language
    time_zone: str = TimeZone


class EmailBody(StrictBody):
    """What ``POST /password-resets`` and ``POST /sign-in-links`` take."""

    email: str = Email


class ChoosePasswordBody(StrictBody):
    """A link and the password that it is to set."""

    link: str = Link
    password: str = Password


class ProfileBody(StrictBody):
    """What ``PATCH /people/me`` takes; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME, description="As others see it.")
    language: str | None = Field(None, max_length=16, description=f"One of {', '.join(LANGUAGES)}.")
    time_zone: str | None = Field(None, max_length=64, description="Name in the IANA database.")


class ProofBody(StrictBody):
    """The password once more, before something that a stolen session must not do."""

    password: str | None = Field(None, max_length=4 * LONGEST_PASSWORD, description="To show that it is you.")


class CodeBody(StrictBody):
    """A code of the second factor."""

    code: str = Field(max_length=32, description="Six digits, or a recovery code.")


class NewPersonBody(StrictBody):
    """What ``POST /people`` takes."""

    email: str = Email
    name: str = Name
    language: str = Language
    time_zone: str = TimeZone
    roles: list[str] = Field(
        default_factory=list,
        max_length=len(PersonRole),
        description=f"On the whole platform: {', '.join(PersonRole)}.",
    )


class RoleAnswer(TypedDict):
    """A role, on the whole platform where it names no company."""

    role: str
    company_id: str | None
    branch_id: str | None


class PersonAnswer(TypedDict):
    """A person; ``has_password`` is false until one was chosen by a link."""

    person_id: str
    email: str
    name: str
    language: str
    time_zone: str
    created_at: str
    verified_at: str | None
    deactivated_at: str | None
    has_password: bool


class MeAnswer(PersonAnswer):
    """The person who asks, what they hold, and what this credential may do."""

    roles: list[RoleAnswer]
    scopes: list[str]
    has_second_factor: bool


class NewPersonAnswer(PersonAnswer):
    """A person just made, with the link by which they choose a password: it is shown once."""

    link: str


class PeopleAnswer(TypedDict):
    """Everybody, newest first."""

    items: list[PersonAnswer]
    next: None


class ExportAnswer(TypedDict):
    """Every row about the person, by table; no hashes, and nothing sealed."""

    tables: dict[str, list[dict[str, str | int | bool | None]]]


class AcceptedAnswer(TypedDict):
    """The same whether or not the address has an account."""

    detail: str


class ChosenAnswer(TypedDict):
    """Whose password was set."""

    email: str


class EnrollmentAnswer(TypedDict):
    """The secret of a second factor: for the QR code, and for typing it."""

    otpauth_uri: str
    secret: str


class RecoveryAnswer(TypedDict):
    """Codes that take the place of the second factor once each; they are shown once."""

    recovery_codes: list[str]


def person_as_dict(person: Person) -> PersonAnswer:
    """A person as they stand in an answer: never a hash."""
    return {
        "person_id": str(person.person_id),
        "email": person.email.text,
        "name": person.name,
        "language": person.language,
        "time_zone": person.time_zone,
        "created_at": iso_utc(person.created_at),
        "verified_at": None if person.verified_at is None else iso_utc(person.verified_at),
        "deactivated_at": None if person.deactivated_at is None else iso_utc(person.deactivated_at),
        "has_password": person.password_hash is not None,
    }


def me_as_dict(
    person: Person, roles: Iterable[RoleHeld], scopes: Iterable[str], *, has_second_factor: bool
) -> MeAnswer:
    """A person as they see themselves."""
    return {
        **person_as_dict(person),
        "roles": [role_as_dict(role) for role in roles],
        "scopes": sorted(scopes),
        "has_second_factor": has_second_factor,
    }


def role_as_dict(role: RoleHeld) -> RoleAnswer:
    """A role as it stands in an answer."""
    return {
        "role": role.role,
        "company_id": None if role.company is None else str(role.company),
        "branch_id": None if role.branch is None else str(role.branch),
    }


EXAMPLE_PERSON: dict[str, Any] = {
    "email": "ada@example.org",
    "name": "Ada Lovelace",
    "language": "en",
    "time_zone": "Europe/London",
}

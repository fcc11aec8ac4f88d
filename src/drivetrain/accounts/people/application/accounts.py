"""Steps that several use cases of people share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from drivetrain.accounts.people.application.ports import PersonStore, TokenStore, Work
from drivetrain.accounts.people.domain.person import LANGUAGES, LONGEST_NAME, Person
from drivetrain.accounts.people.domain.tokens import (
    LIFE,
    OneTimeToken,
    Purpose,
    link_invalid,
    token_id_of,
)
from drivetrain.core.errors import ContractError, FieldError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.core.text import is_plain
from drivetrain.core.time import has_time_zone


def new_token(purpose: Purpose, person: UUID, instant: datetime) -> OneTimeToken:
    """A link for a person, not stored yet."""
    return OneTimeToken(UUID(new_id()), purpose, person, instant, instant + LIFE[purpose])


def send_link(work: Work, purpose: Purpose, person: UUID, instant: datetime) -> None:
    """Make a link, and write it to its person in the message that is named for its purpose."""
    token = new_token(purpose, person, instant)
    work.tokens.add(token)
    work.write(purpose, person, {"token_id": str(token.token_id)})


def taken(tokens: TokenStore, text: str, purpose: Purpose, key: bytes, instant: datetime) -> OneTimeToken:
    """Use up a link.

    Args:
        key: of the installation, for these links.

    Raises:
        InvalidInputError: ``people.link_invalid``; it is unknown, forged, used, expired, or for something else.
    """
    token = tokens.take(token_id_of(text), instant)
    if token is None or not token.is_good(text, key, purpose, instant):
        raise link_invalid()
    return token


def person_object(person: UUID) -> str:
    """How a person is named as the object of a line in the audit trail."""
    return f"person {person}"


def existing(people: PersonStore, person: UUID) -> Person:
    """The person of an id.

    Raises:
        NotFoundError: ``people.not_found``.
    """
    row = people.by_id(person)
    if row is None:
        raise NotFoundError("There is no person of this id.", code="people.not_found")
    return row


def check_profile(name: str, language: str, time_zone: str) -> None:
    """Check what a person says about themselves.

    Raises:
        ContractError: ``people.bad_name``, ``people.bad_language`` or ``people.bad_time_zone``, at each field.
    """
    errors = []
    if not name.strip() or not is_plain(name, longest=LONGEST_NAME):
        detail = f"A name has 1 to {LONGEST_NAME} characters of plain text."
        errors.append(FieldError("people.bad_name", detail, pointer="/name"))
    if language not in LANGUAGES:
        detail = f"The languages are {', '.join(LANGUAGES)}."
        errors.append(FieldError("people.bad_language", detail, pointer="/language"))
    if not has_time_zone(time_zone):
        detail = "Give a time zone by its name in the IANA database, such as Europe/Berlin."
        errors.append(FieldError("people.bad_time_zone", detail, pointer="/time_zone"))
    if errors:
        raise ContractError(errors, subject="The profile")

"""Bodies and answers of sessions."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.accounts.people.adapters.schemas import LONGEST_EMAIL, Code, PersonAnswer, person_as_dict
from drivetrain.accounts.people.domain.passwords import LONGEST as LONGEST_PASSWORD
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.domain.session import Session, Workplace
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.time import iso_utc


class SignInBody(StrictBody):
    """What ``POST /sessions`` takes: address and password, or a link; beside them the code of a second factor."""

    email: str | None = Field(None, max_length=LONGEST_EMAIL, description="E-mail address.")
    password: str | None = Field(None, max_length=4 * LONGEST_PASSWORD, description="Password.")
    link: str | None = Field(
        None, max_length=64, description="A sign-in link's part after `#`, in place of both."
    )
    code: str = Code


class ChangePasswordBody(StrictBody):
    """What ``PUT /people/me/password`` takes."""

    password: str | None = Field(
        None,
        max_length=4 * LONGEST_PASSWORD,
        description="The present one; left out where there is none yet.",
    )
    new_password: str = Field(max_length=4 * LONGEST_PASSWORD, description="The new one.")


class ActingCompanyBody(StrictBody):
    """What ``PUT /sessions/current/company`` takes."""

    company_id: UUID | None = Field(
        strict=False,  # JSON has no type for it
        description="A company in which you work; null to act for none, with your roles on the whole platform.",
    )


class SessionAnswer(TypedDict):
    """A session; its secret is in the cookie alone."""

    session_id: str
    method: str
    has_second_factor: bool
    address: str
    agent: str
    created_at: str
    last_seen_at: str
    expires_at: str
    is_current: bool
    company_id: str | None
    branch_id: str | None


class WorkplaceAnswer(TypedDict):
    """A company in which the person works."""

    company_id: str
    name: str
    role: str
    branch_id: str | None


class SignedInAnswer(TypedDict):
    """A session that has begun. Whether the browser keeps its cookie shows at ``GET /sessions/current``.

    Where ``needs_second_factor`` is true, roles of the person count only after they have set one up.
    """

    session: SessionAnswer
    person: PersonAnswer
    needs_second_factor: bool
    companies: list[WorkplaceAnswer]


class SessionsAnswer(TypedDict):
    """One's own sessions, the one seen last first."""

    items: list[SessionAnswer]
    next: None


class EndedAnswer(TypedDict):
    """How many sessions were ended."""

    ended: int


def session_as_dict(session: Session, current: str) -> SessionAnswer:
    """A session as it stands in an answer.

    Args:
        current: id of the session that asks.
    """
    return {
        "session_id": str(session.session_id),
        "method": session.method,
        "has_second_factor": session.has_second_factor,
        "address": session.address,
        "agent": session.agent,
        "created_at": iso_utc(session.created_at),
        "last_seen_at": iso_utc(session.last_seen_at),
        "expires_at": iso_utc(session.expires_at),
        "is_current": str(session.session_id) == current,
        "company_id": None if session.company is None else str(session.company),
        "branch_id": None if session.branch is None else str(session.branch),
    }


def signed_in_as_dict(
    person: Person, session: Session, places: Iterable[Workplace], *, needs_second_factor: bool
) -> SignedInAnswer:
    """A session that has begun, as it stands in an answer."""
    return {
        "session": session_as_dict(session, str(session.session_id)),
        "person": person_as_dict(person),
        "needs_second_factor": needs_second_factor,
        "companies": [
            {
                "company_id": str(place.company),
                "name": place.name,
                "role": place.role,
                "branch_id": None if place.branch is None else str(place.branch),
            }
            for place in places
        ],
    }

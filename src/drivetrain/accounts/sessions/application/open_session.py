"""Opening a session for somebody who has proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drivetrain.accounts.people.application.accounts import person_object
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.application.ports import SessionWork
from drivetrain.accounts.sessions.domain.session import (
    Session,
    SessionTerms,
    new_secret,
    secret_digest,
    shown_agent,
    workplace,
)
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry, Detail
from drivetrain.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    Attributes:
        address: of the network; empty where that is not known.
        agent: the browser as it names itself.
        device: value of the cookie of a browser in which somebody signed in before; empty where there is none.
    """

    address: str
    agent: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun.

    Attributes:
        secret: what its cookie holds; shown once and stored nowhere.
        device: value of the cookie by which this browser is known the next time; empty to leave that as it is.
    """

    person: Person
    session: Session
    secret: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Opens sessions.

    Attributes:
        session_key: under which the secrets of cookies are hashed.
    """

    terms: SessionTerms
    session_key: bytes

    def __call__(
        self,
        work: SessionWork,
        person: Person,
        origin: Origin,
        *,
        method: str,
        has_second_factor: bool,
        instant: datetime,
        place: tuple[UUID | None, UUID | None] | None = None,
    ) -> SignedIn:
        """Open one in the transaction of a work; always with a new id.

        Args:
            place: company and branch that it acts for; None for where its person works, if that is one place.
        """
        company, branch = place or workplace(work.people.roles(person.person_id))
        session = Session(
            session_id=UUID(new_id()),
            person=person.person_id,
            created_at=instant,
            last_seen_at=instant,
            expires_at=instant + self.terms.absolute,
            method=method,
            has_second_factor=has_second_factor,
            address=origin.address,
            agent=shown_agent(origin.agent),
            company=company,
            branch=branch,
        )
        secret = new_secret()
        work.sessions.add(session, secret_digest(secret, self.session_key))
        detail: Detail = {
            "method": method,
            "second_factor": has_second_factor,
            "session": str(session.session_id),
        }
        work.record(
            AuditEntry(
                subject_of(person.person_id), "sessions.begin", person_object(person.person_id), detail=detail
            )
        )
        return SignedIn(person, session, secret)

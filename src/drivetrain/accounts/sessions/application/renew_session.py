"""Giving a session a new id when its rights change, so that a cookie known before is worth nothing after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, person_object
from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.sessions.application.open_session import SignedIn
from drivetrain.accounts.sessions.application.ports import OpenSessionWork, SessionWork
from drivetrain.accounts.sessions.domain.session import Session, new_secret, secret_digest
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import NotFoundError, UnauthenticatedError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock


def live_session(work: SessionWork, person: UUID, session: str, instant: datetime) -> Session:
    """One of a person's live sessions.

    Args:
        session: its id.

    Raises:
        UnauthenticatedError: ``auth.session_ended``; it was ended a moment ago.
    """
    live = work.sessions.of_person(person, instant)
    row = next((each for each in live if str(each.session_id) == session), None)
    if row is None:
        raise UnauthenticatedError("The session has ended; sign in again.", code="auth.session_ended")
    return row


@dataclass(frozen=True, slots=True)
class RenewSession:
    """Puts a new session in the place of one; it lasts no longer than the former.

    Attributes:
        session_key: under which the secrets of cookies are hashed.
    """

    session_key: bytes

    def __call__(self, work: SessionWork, former: Session, changed: Session, *, why: str) -> SignedIn:
        """Store ``changed`` under a new id, and end ``former``."""
        person = existing(work.people, former.person)
        session = replace(changed, session_id=UUID(new_id()))
        secret = new_secret()
        work.sessions.end(former.person, former.session_id)
        work.sessions.add(session, secret_digest(secret, self.session_key))
        detail = {
            "why": why,
            "session": str(session.session_id),
            "company": None if session.company is None else str(session.company),
        }
        subject = subject_of(former.person)
        work.record(AuditEntry(subject, "sessions.renew", person_object(former.person), detail=detail))
        return SignedIn(person, session, secret)


@dataclass(frozen=True, slots=True)
class ConfirmFactor:
    """Has a second factor asked for from now on; the session that confirms it has given it."""

    works: OpenSessionWork
    factor: SecondFactor
    renew: RenewSession
    clock: Clock

    def __call__(self, person: UUID, session: str, code: str) -> tuple[Sequence[str], SignedIn]:
        """The recovery codes, and the session in place of the present one.

        Raises:
            NotFoundError: ``people.no_factor``; nothing waits to be confirmed.
            ContractError: ``people.wrong_code``.
            TooManyRequestsError: too many wrong codes.
        """
        self.factor.require_room(person)
        with self.works() as work:
            former = live_session(work, person, session, self.clock.now())
            recovery = self.factor.confirm(work, person, code)
            signed_in = self.renew(work, former, replace(former, has_second_factor=True), why="second factor")
            work.record(AuditEntry(subject_of(person), "people.confirm_factor", person_object(person)))
        return recovery, signed_in


@dataclass(frozen=True, slots=True)
class ChooseCompany:
    """Has the requests of a browser act for one of the companies in which its person works."""

    works: OpenSessionWork
    renew: RenewSession
    clock: Clock

    def __call__(self, person: UUID, session: str, company: UUID | None) -> SignedIn:
        """The session in place of the present one.

        Args:
            company: None for none: then only roles on the whole platform count.

        Raises:
            NotFoundError: ``sessions.company_not_found``; the same whether or not there is such a company.
        """
        with self.works() as work:
            former = live_session(work, person, session, self.clock.now())
            branch = None if company is None else _branch(work, person, company)
            changed = replace(former, company=company, branch=branch)
            return self.renew(work, former, changed, why="company")


def _branch(work: SessionWork, person: UUID, company: UUID) -> UUID | None:
    places = {place.company: place.branch for place in work.sessions.workplaces(person)}
    if company not in places:
        raise NotFoundError("You work in no company of this id.", code="sessions.company_not_found")
    return places[company]

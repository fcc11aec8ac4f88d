"""Ending sessions: one, or all of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import person_object
from drivetrain.accounts.sessions.application.ports import OpenSessionWork, SessionWork
from drivetrain.accounts.sessions.domain.session import Session
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry, Detail
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Signs a person out; every worker knows within a second."""

    works: OpenSessionWork
    clock: Clock

    def live(self, person: UUID) -> Sequence[Session]:
        """The person's live sessions, the one seen last first."""
        with self.works() as work:
            return work.sessions.of_person(person, self.clock.now())

    def one(self, person: UUID, session: UUID) -> None:
        """End one of their sessions.

        Raises:
            NotFoundError: ``sessions.not_found``; they have no such session.
        """
        with self.works() as work:
            if not work.sessions.end(person, session):
                raise NotFoundError("You have no session of this id.", code="sessions.not_found")
            detail = {"session": str(session)}
            self._record(work, person, "sessions.end", detail)

    def all(self, person: UUID) -> int:
        """End all of them; how many there were."""
        with self.works() as work:
            count = work.sessions.end_all(person)
            self._record(work, person, "sessions.end_all", {"sessions": count})
            return count

    def _record(self, work: SessionWork, person: UUID, action: str, detail: Detail) -> None:
        work.record(AuditEntry(subject_of(person), action, person_object(person), detail=detail))

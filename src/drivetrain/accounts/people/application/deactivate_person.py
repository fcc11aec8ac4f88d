"""Deactivating an account, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, person_object
from drivetrain.accounts.people.application.ports import OpenWork
from drivetrain.accounts.people.domain.person import Person, keep_an_administrator
from drivetrain.core.audit import AuditEntry
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class DeactivatePerson:
    """Keeps somebody out without erasing anything."""

    works: OpenWork
    clock: Clock

    def __call__(self, person: UUID, *, actor: str) -> Person:
        """Deactivate; all their sessions end. A second time changes nothing.

        Raises:
            NotFoundError: ``people.not_found``.
            ConflictError: ``people.last_administrator``.
        """
        with self.works() as work:
            if existing(work.people, person).deactivated_at is None:
                keep_an_administrator(work.people.lock_administrators(), person)
                work.people.set_deactivated(person, self.clock.now())
                work.record(AuditEntry(actor, "people.deactivate", person_object(person)))
            return existing(work.people, person)

    def undo(self, person: UUID, *, actor: str) -> Person:
        """Let them in again.

        Raises:
            NotFoundError: ``people.not_found``.
        """
        with self.works() as work:
            if existing(work.people, person).deactivated_at is not None:
                work.people.set_deactivated(person, None)
                work.record(AuditEntry(actor, "people.reactivate", person_object(person)))
            return existing(work.people, person)

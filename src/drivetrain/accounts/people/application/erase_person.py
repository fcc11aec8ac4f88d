"""Giving a person what is stored about them, and erasing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, person_object
from drivetrain.accounts.people.application.ports import OpenWork
from drivetrain.accounts.people.domain.person import keep_an_administrator
from drivetrain.core.audit import AuditEntry
from drivetrain.lifecycle.kit.personal_data import PersonalData


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Gives everything that is stored about a person, in accounts and in the products."""

    works: OpenWork
    held: Sequence[PersonalData]

    def __call__(self, person: UUID, *, actor: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Rows by table, without hashes and sealed secrets.

        Raises:
            NotFoundError: ``people.not_found``.
        """
        with self.works() as work:
            existing(work.people, person)
            rows = dict(work.people.exported(person))
            for part in self.held:
                rows |= part.exported(work.connection, person)
            work.record(AuditEntry(actor, "people.export", person_object(person)))
            return rows


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Deletes a person and all that hangs on them. What outlives them holds an id that leads nowhere any more."""

    works: OpenWork
    held: Sequence[PersonalData]

    def __call__(self, person: UUID, *, actor: str) -> None:
        """Erase.

        Raises:
            NotFoundError: ``people.not_found``.
            ConflictError: ``people.last_administrator``.
        """
        with self.works() as work:
            existing(work.people, person)
            keep_an_administrator(work.people.lock_administrators(), person)
            for part in self.held:
                part.erase(work.connection, person)
            work.people.erase(person)
            work.record(AuditEntry(actor, "people.erase", person_object(person)))

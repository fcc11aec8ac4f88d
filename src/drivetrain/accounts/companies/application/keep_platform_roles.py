"""Roles on the whole platform: giving and taking them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.companies.application.ports import OpenCompanyWork
from drivetrain.accounts.companies.domain.company import refuse_beyond
from drivetrain.accounts.people.application.accounts import existing
from drivetrain.accounts.people.domain.person import keep_an_administrator
from drivetrain.core.access import ADMIN_ROLE, Caller, PersonRole, ScopeSet
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class KeepPlatformRoles:
    """Gives and takes roles that count on the whole platform. All sessions of the person end."""

    works: OpenCompanyWork
    scopes: ScopeSet

    def grant(self, person: UUID, role: str, *, caller: Caller) -> None:
        """Give a role; one that is held already changes nothing.

        Raises:
            InvalidInputError: ``people.unknown_role``.
            NotAllowedError: ``companies.beyond_own_scopes``.
            NotFoundError: ``people.not_found``.
        """
        self._check(role, caller)
        with self.works() as work:
            existing(work.people, person)
            if work.companies.grant_platform_role(person, role, by=caller.subject):
                work.record(_entry(caller, "roles.grant", person, role))

    def revoke(self, person: UUID, role: str, *, caller: Caller) -> None:
        """Take a role away; one that is not held changes nothing.

        Raises:
            InvalidInputError: ``people.unknown_role``.
            NotAllowedError: ``companies.beyond_own_scopes``.
            NotFoundError: ``people.not_found``.
            ConflictError: ``people.last_administrator``.
        """
        self._check(role, caller)
        with self.works() as work:
            existing(work.people, person)
            if role == ADMIN_ROLE:
                keep_an_administrator(work.people.lock_administrators(), person)
            if work.companies.revoke_platform_role(person, role):
                work.record(_entry(caller, "roles.revoke", person, role))

    def _check(self, role: str, caller: Caller) -> None:
        if role not in set(PersonRole):
            raise InvalidInputError(
                f"{role!r} is no role of people; there are: {', '.join(PersonRole)}.",
                code="people.unknown_role",
            )
        refuse_beyond(self.scopes.of_roles([role]), caller.scopes)


def _entry(caller: Caller, action: str, person: UUID, role: str) -> AuditEntry:
    return AuditEntry(caller.subject, action, f"person {person}", detail={"role": role})

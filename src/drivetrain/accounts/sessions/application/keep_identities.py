"""The accounts at identity providers that are linked to a person: linking one, looking at them, removing one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, person_object
from drivetrain.accounts.sessions.application.ports import OpenSessionWork
from drivetrain.accounts.sessions.application.prove_identity import ProveIdentity, ProviderAnswer
from drivetrain.accounts.sessions.application.sign_in_at_provider import new_identity, tell_of_identity
from drivetrain.accounts.sessions.domain.provider import Attempt, Claims, Identity
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class KeepIdentities:
    """Shows and removes links; also where no provider is set up any more."""

    works: OpenSessionWork
    clock: Clock

    def of_person(self, person: UUID) -> Sequence[Identity]:
        """The links of a person, the first one first."""
        with self.works() as work:
            return work.identities.of_person(person)

    def remove(self, person: UUID, identity: UUID) -> None:
        """Remove a link, and write to the person. All sessions end, since one of them may have begun by it.

        Raises:
            NotFoundError: ``sessions.identity_not_found``.
        """
        with self.works() as work:
            removed = work.identities.remove(person, identity)
            if removed is None:
                raise NotFoundError("You have no link of this id.", code="sessions.identity_not_found")
            work.sessions.end_all(person)
            tell_of_identity(work, "identity_unlinked", removed, self.clock.now())
            work.record(AuditEntry(subject_of(person), "people.unlink_identity", person_object(person)))


@dataclass(frozen=True, slots=True)
class LinkIdentity:
    """Links an account at the provider to somebody who is signed in."""

    works: OpenSessionWork
    prove: ProveIdentity
    clock: Clock

    async def __call__(
        self, person: UUID, attempt: Attempt | None, answer: ProviderAnswer, *, client_host: str
    ) -> Identity:
        """Link it, and write to the person.

        Raises:
            InvalidInputError, UnauthenticatedError, UnavailableError, TooManyRequestsError: as ``ProveIdentity`` says.
            ConflictError: ``sessions.identity_taken``.
        """
        claims = await self.prove(attempt, answer, client_host=client_host, person=person)
        return await asyncio.to_thread(self._store, person, claims)

    def _store(self, person: UUID, claims: Claims) -> Identity:
        with self.works() as work:
            existing(work.people, person)
            identity = new_identity(claims, person, self.clock.now())
            if not work.identities.add(identity):
                raise ConflictError(
                    "This account at the provider is linked already, or your account is linked to another one there.",
                    code="sessions.identity_taken",
                )
            tell_of_identity(work, "identity_linked", identity, identity.linked_at)
            detail = {"method": "provider"}
            work.record(
                AuditEntry(subject_of(person), "people.link_identity", person_object(person), detail=detail)
            )
        return identity

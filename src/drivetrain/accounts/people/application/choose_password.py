"""Choosing a password by a link: the first one after sign-up or a welcome, or a new one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from drivetrain.accounts.people.application.accounts import existing, person_object, taken
from drivetrain.accounts.people.application.ports import OpenWork, PasswordHasher
from drivetrain.accounts.people.domain.passwords import check_password
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose, link_invalid, token_id_of
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class ChoosePassword:
    """Uses up a link and stores a password; the address counts as verified from then on.

    Attributes:
        token_key: under which links are derived.
    """

    works: OpenWork
    hasher: PasswordHasher
    clock: Clock
    token_key: bytes

    async def __call__(self, link: str, purpose: Purpose, password: str) -> Person:
        """Store the password; all sessions of the person end.

        A password that is refused leaves the link as it was.

        Raises:
            InvalidInputError: ``people.link_invalid``.
            ContractError: ``people.weak_password``.
            TooManyRequestsError: too many passwords wait to be hashed.
        """
        person = await asyncio.to_thread(self._person_of, link, purpose)
        normal = check_password(password, (person.name, person.email.text))
        return await asyncio.to_thread(self._store, link, purpose, await self.hasher.hash(normal))

    def _person_of(self, link: str, purpose: Purpose) -> Person:
        """Whose link it is; no password is hashed for one that is not good."""
        now = self.clock.now()
        with self.works() as work:
            token = work.tokens.by_id(token_id_of(link))
            if token is None or not token.is_good(link, self.token_key, purpose, now):
                raise link_invalid()
            return existing(work.people, token.person)

    def _store(self, link: str, purpose: Purpose, password_hash: str) -> Person:
        now = self.clock.now()
        with self.works() as work:
            token: OneTimeToken = taken(work.tokens, link, purpose, self.token_key, now)
            person = existing(work.people, token.person)
            work.people.set_password(person.person_id, password_hash, now)
            if person.password_hash is not None:
                work.write("password_changed", person.person_id, {"at": now.isoformat()})
            actor = subject_of(person.person_id)
            detail = {"by": str(purpose)}
            work.record(
                AuditEntry(actor, "people.set_password", person_object(person.person_id), detail=detail)
            )
            return existing(work.people, token.person)

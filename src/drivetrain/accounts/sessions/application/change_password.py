"""Changing one's password: every session ends, and this browser gets a new one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing, person_object
from drivetrain.accounts.people.application.ports import PasswordHasher
from drivetrain.accounts.people.application.prove_password import ProvePassword
from drivetrain.accounts.people.domain.passwords import check_password
from drivetrain.accounts.sessions.application.open_session import OpenSession, Origin, SignedIn
from drivetrain.accounts.sessions.application.ports import OpenSessionWork
from drivetrain.accounts.sessions.application.renew_session import live_session
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Stores a new password for somebody who is signed in and knows the former one, or has none yet."""

    works: OpenSessionWork
    prove: ProvePassword
    hasher: PasswordHasher
    open_session: OpenSession
    clock: Clock

    async def __call__(
        self, person: UUID, former: str | None, new: str, origin: Origin, session: str
    ) -> SignedIn:
        """Store it; the new session has the rights of the present one.

        Args:
            session: id of the present one.

        Raises:
            ContractError: ``people.wrong_password`` or ``people.weak_password``.
            TooManyRequestsError: too many wrong ones, or too many wait.
        """
        row = await self.prove(person, former, field="/password")
        normal = check_password(new, (row.name, row.email.text), field="/new_password")
        password_hash = await self.hasher.hash(normal)
        return await asyncio.to_thread(self._store, person, password_hash, origin, session)

    def _store(self, person: UUID, password_hash: str, origin: Origin, session: str) -> SignedIn:
        now = self.clock.now()
        with self.works() as work:
            former = existing(work.people, person)
            present = live_session(work, person, session, now)
            work.people.set_password(person, password_hash, now)
            if former.password_hash is not None:
                work.write("password_changed", person, {"at": now.isoformat()})
            signed_in = self.open_session(
                work,
                existing(work.people, person),
                origin,
                method="password",
                has_second_factor=present.has_second_factor,
                instant=now,
                place=(present.company, present.branch),
            )
            work.record(AuditEntry(subject_of(person), "people.change_password", person_object(person)))
            return signed_in

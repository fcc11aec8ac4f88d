"""Proving once more who one is, before something that cannot be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import existing
from drivetrain.accounts.people.application.ports import OpenWork, PasswordHasher
from drivetrain.accounts.people.domain.limits import PASSWORD_BY_PERSON
from drivetrain.accounts.people.domain.passwords import normal_form
from drivetrain.accounts.people.domain.person import Person
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.limits import RateLimiter, require_room


@dataclass(frozen=True, slots=True)
class ProvePassword:
    """Checks the password of somebody who is signed in."""

    works: OpenWork
    hasher: PasswordHasher
    limiter: RateLimiter

    async def __call__(self, person: UUID, password: str | None, *, field: str) -> Person:
        """The person, if the password is theirs; where none was set yet, the session is all the proof there can be.

        Args:
            field: JSON pointer of the password, for the refusal.

        Raises:
            ContractError: ``people.wrong_password``.
            TooManyRequestsError: too many wrong ones, or too many wait.
        """
        row = await asyncio.to_thread(self._person, person)
        if row.password_hash is not None and not await self.hasher.verify(
            row.password_hash, normal_form(password or "")
        ):
            error = FieldError("people.wrong_password", "This is not your password.", pointer=field)
            raise ContractError([error], subject="The request")
        return row

    def _person(self, person: UUID) -> Person:
        require_room(self.limiter, [(PASSWORD_BY_PERSON, str(person))])
        with self.works() as work:
            return existing(work.people, person)

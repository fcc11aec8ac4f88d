"""A second factor: enrolling, confirming and removing one, and checking a code."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.accounts import person_object
from drivetrain.accounts.people.application.ports import OpenWork, Work
from drivetrain.accounts.people.domain.codes import (
    SECRET_BYTES,
    matching_step,
    new_recovery_codes,
    recovery_digest,
)
from drivetrain.accounts.people.domain.limits import CODE_BY_PERSON
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError, ContractError, FieldError, NotFoundError
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The second factor of people: for whoever wants one, and for those whose roles count only with one.

    Attributes:
        recovery_key: under which recovery codes are hashed.
    """

    works: OpenWork
    limiter: RateLimiter
    clock: Clock
    recovery_key: bytes

    def enroll(self, person: UUID) -> bytes:
        """A new secret, asked for only after it was confirmed.

        Raises:
            ConflictError: ``people.factor_exists``.
        """
        secret = secrets.token_bytes(SECRET_BYTES)
        with self.works() as work:
            if not work.factors.enroll(person, secret, self.clock.now()):
                raise ConflictError(
                    "There is a second factor already; remove it before setting up another one.",
                    code="people.factor_exists",
                )
        return secret

    def require_room(self, person: UUID) -> None:
        """Refuse more codes of a person than can be typing errors.

        Raises:
            TooManyRequestsError: too many.
        """
        require_room(self.limiter, [(CODE_BY_PERSON, str(person))])

    def confirm(self, work: Work, person: UUID, code: str) -> Sequence[str]:
        """Have the factor asked for from now on, once a code has shown that it works; its recovery codes.

        Raises:
            NotFoundError: ``people.no_factor``; nothing waits to be confirmed.
            ContractError: ``people.wrong_code``.
        """
        now, recovery = self.clock.now(), new_recovery_codes()
        factor = work.factors.of_person(person)
        if factor is None or factor.confirmed_at is not None:
            raise NotFoundError("No second factor waits to be confirmed.", code="people.no_factor")
        step = matching_step(factor.secret, code, now, factor.last_step)
        if step is None:
            raise wrong_code()
        digests = [recovery_digest(text, self.recovery_key) for text in recovery]
        work.factors.confirm(person, step, digests, now)
        return recovery

    def remove(self, person: UUID, code: str) -> None:
        """Remove the factor of whoever can still give a code of it, or a recovery code.

        Raises:
            NotFoundError: ``people.no_factor``.
            ContractError: ``people.wrong_code``.
        """
        self.require_room(person)
        with self.works() as work:
            if not self.is_asked_for(work, person):
                raise NotFoundError("There is no second factor.", code="people.no_factor")
            if not self.accepts(work, person, code):
                raise wrong_code()
            work.factors.remove(person)
            work.record(AuditEntry(subject_of(person), "people.remove_factor", person_object(person)))

    def is_asked_for(self, work: Work, person: UUID) -> bool:
        """True where a person has a confirmed factor."""
        factor = work.factors.of_person(person)
        return factor is not None and factor.confirmed_at is not None

    def accepts(self, work: Work, person: UUID, code: str) -> bool:
        """Use up a code of the factor or a recovery code; False where it is neither."""
        factor, now = work.factors.of_person(person), self.clock.now()
        if factor is None:
            return False
        step = matching_step(factor.secret, code, now, factor.last_step)
        if step is not None:
            work.factors.use_step(person, step)
            return True
        return work.factors.use_recovery(person, recovery_digest(code, self.recovery_key), now)


def wrong_code() -> ContractError:
    """The refusal of a code."""
    detail = "This code is wrong, or was used already; the app shows a new one every 30 seconds."
    return ContractError([FieldError("people.wrong_code", detail, pointer="/code")], subject="The request")

"""Signing in with address and password: the same answer and the same time whether or not there is an account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from drivetrain.accounts.people.application.accounts import person_object
from drivetrain.accounts.people.application.ports import AddressReader, PasswordHasher
from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.people.domain.limits import (
    CODE_BY_PERSON,
    SIGN_IN_BY_ACCOUNT,
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_DEVICE,
    SIGN_IN_BY_PAIR,
)
from drivetrain.accounts.people.domain.passwords import normal_form
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.application.browsers import Browsers
from drivetrain.accounts.sessions.application.open_session import OpenSession, Origin, SignedIn
from drivetrain.accounts.sessions.application.ports import OpenSessionWork, SessionWork
from drivetrain.core.audit import AuditEntry, AuditResult
from drivetrain.core.errors import UnauthenticatedError
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock

NOBODY = "nobody"
"""Who acts in a line of the audit trail before it is known who does."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody presents.

    Attributes:
        code: of the second factor, or a recovery code; empty where none was given.
    """

    email: str
    password: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Opens a session for whoever presents the right credentials."""

    works: OpenSessionWork
    hasher: PasswordHasher
    addresses: AddressReader
    factor: SecondFactor
    limiter: RateLimiter
    open_session: OpenSession
    clock: Clock
    browsers: Browsers

    async def __call__(self, credentials: Credentials, origin: Origin) -> SignedIn:
        """Open it.

        Raises:
            ContractError: the address is none.
            UnauthenticatedError: ``sessions.wrong_credentials``; no account, wrong password, not verified or deactivated.
                ``sessions.code_needed`` and ``sessions.wrong_code`` of the second factor, once the password was right.
            TooManyRequestsError: too many attempts.
        """
        email = self.addresses(credentials.email)
        account = self.browsers.account(email.key)
        person = await asyncio.to_thread(self._find, email.key, origin)
        password_hash = None if person is None else person.password_hash
        is_right = await self.hasher.verify(password_hash, normal_form(credentials.password))
        if person is None or not is_right or not person.may_sign_in:
            await asyncio.to_thread(self._refuse, f"account {account}")
            raise _wrong_credentials()
        result = await asyncio.to_thread(self._open, person, credentials, origin)
        if isinstance(result, UnauthenticatedError):
            raise result
        return self.browsers.remembered(result)

    def _find(self, email_key: str, origin: Origin) -> Person | None:
        account, device = self.browsers.account(email_key), self.browsers.known(email_key, origin)
        require_room(
            self.limiter,
            [(SIGN_IN_BY_DEVICE, device.device_id)]
            if device is not None
            else [
                (SIGN_IN_BY_ADDRESS, origin.address),
                (SIGN_IN_BY_PAIR, f"{origin.address} {account}"),
                (SIGN_IN_BY_ACCOUNT, account),
            ],
        )
        with self.works() as work:
            return work.people.by_email(email_key)

    def _refuse(self, whom: str) -> None:
        with self.works() as work:
            work.record(AuditEntry(NOBODY, "sessions.begin", whom, AuditResult.REFUSED))

    def _open(
        self, person: Person, credentials: Credentials, origin: Origin
    ) -> SignedIn | UnauthenticatedError:
        """The session, or the refusal; given and not raised, because what was used up or noted stays so."""
        require_room(self.limiter, [(CODE_BY_PERSON, str(person.person_id))] if credentials.code else [])
        with self.works() as work:
            if work.people.lock(person.person_id) != person:  # changed while the password was being checked
                return _wrong_credentials()
            has_factor = self.factor.is_asked_for(work, person.person_id)
            if has_factor and not credentials.code:
                return code_needed()
            if has_factor and not self.factor.accepts(work, person.person_id, credentials.code):
                return refuse_code(work, person)
            now = self.clock.now()
            self.browsers.tell_of_new(work, person, origin, now)
            return self.open_session(
                work, person, origin, method="password", has_second_factor=has_factor, instant=now
            )


def code_needed() -> UnauthenticatedError:
    """The refusal of somebody who has to give a code beside."""
    return UnauthenticatedError(
        "Give the code of your second factor under `code`, or a recovery code.", code="sessions.code_needed"
    )


def refuse_code(work: SessionWork, person: Person) -> UnauthenticatedError:
    """The refusal of a wrong code, noted in the audit trail."""
    whom = person_object(person.person_id)
    detail = {"wrong": "code"}
    work.record(AuditEntry(NOBODY, "sessions.begin", whom, AuditResult.REFUSED, detail=detail))
    return UnauthenticatedError(
        "The code is wrong, or was used already; the app shows a new one every 30 seconds.",
        code="sessions.wrong_code",
    )


def _wrong_credentials() -> UnauthenticatedError:
    return UnauthenticatedError(
        "Address and password do not belong to an account that may sign in.",
        code="sessions.wrong_credentials",
    )

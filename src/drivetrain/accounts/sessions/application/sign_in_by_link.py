"""Signing in by a link that is good for one use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drivetrain.accounts.people.application.accounts import existing
from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.people.domain.limits import CODE_BY_PERSON
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose, link_invalid, token_id_of
from drivetrain.accounts.sessions.application.browsers import Browsers
from drivetrain.accounts.sessions.application.open_session import OpenSession, Origin, SignedIn
from drivetrain.accounts.sessions.application.ports import OpenSessionWork
from drivetrain.accounts.sessions.application.sign_in import code_needed, refuse_code
from drivetrain.core.errors import UnauthenticatedError
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class SignInByLink:
    """Opens a session for whoever presents a link; a second factor is asked for as with a password.

    Attributes:
        token_key: under which links are derived.
    """

    works: OpenSessionWork
    factor: SecondFactor
    limiter: RateLimiter
    open_session: OpenSession
    clock: Clock
    token_key: bytes
    browsers: Browsers

    def __call__(self, link: str, code: str, origin: Origin) -> SignedIn:
        """Open it, and use the link up; a wrong or missing code leaves the link as it was.

        Raises:
            InvalidInputError: ``people.link_invalid``.
            UnauthenticatedError: ``sessions.code_needed`` or ``sessions.wrong_code``.
            TooManyRequestsError: too many wrong codes.
        """
        result = self._open(link, code, origin)
        if isinstance(result, UnauthenticatedError):
            raise result
        return self.browsers.remembered(result)

    def _open(self, link: str, code: str, origin: Origin) -> SignedIn | UnauthenticatedError:
        now = self.clock.now()
        with self.works() as work:
            token = work.tokens.by_id(token_id_of(link))
            if token is None or not self._is_good(token, link, now):
                raise link_invalid()
            person = existing(work.people, token.person)
            if not person.may_sign_in:
                raise link_invalid()
            has_factor = self.factor.is_asked_for(work, person.person_id)
            if has_factor and not code:
                return code_needed()
            if has_factor:
                require_room(self.limiter, [(CODE_BY_PERSON, str(person.person_id))])
                if not self.factor.accepts(work, person.person_id, code):
                    return refuse_code(work, person)
            used = work.tokens.take(token.token_id, now)
            if used is None or used.used_at is not None:  # by another request a moment ago
                raise link_invalid()
            self.browsers.tell_of_new(work, person, origin, now)
            return self.open_session(
                work, person, origin, method="link", has_second_factor=has_factor, instant=now
            )

    def _is_good(self, token: OneTimeToken, link: str, now: datetime) -> bool:
        return any(
            token.is_good(link, self.token_key, purpose, now)
            for purpose in (Purpose.SIGN_IN, Purpose.MAILED_SIGN_IN)
        )

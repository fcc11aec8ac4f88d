"""Proving who one is by the answer of an identity provider, which comes back with the browser."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.sessions.application.ports import IdentityProvider, OpenSessionWork
from drivetrain.accounts.sessions.application.sign_in import NOBODY
from drivetrain.accounts.sessions.domain.provider import PROVIDER_BY_ADDRESS, Attempt, Claims
from drivetrain.core.audit import AuditEntry, AuditResult
from drivetrain.core.errors import InvalidInputError, UnauthenticatedError
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a browser brings back from the provider.

    Attributes:
        issuer: as the provider names itself (RFC 9207); empty where it does not.
        error: why the provider refused; empty where it did not.
    """

    state: str
    authorization_code: str = ""
    issuer: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ProveIdentity:
    """Checks that an answer belongs to an attempt of this browser, and has the provider say who signed in."""

    works: OpenSessionWork
    provider: IdentityProvider
    limiter: RateLimiter
    clock: Clock

    async def __call__(
        self, attempt: Attempt | None, answer: ProviderAnswer, *, client_host: str, person: UUID | None = None
    ) -> Claims:
        """Who signed in.

        Args:
            attempt: of the browser; None where it has begun none, or its cookie is not one of ours.
            person: who links an account; None for signing in.

        Raises:
            InvalidInputError: ``sessions.attempt_invalid``; another browser, person or purpose, or too late.
            UnauthenticatedError: ``sessions.provider_refused``, ``sessions.provider_unverified``.
            TooManyRequestsError: too many from this network address, or too many wait for the provider.
            UnavailableError: ``sessions.provider_unavailable``.
        """
        await asyncio.to_thread(require_room, self.limiter, [(PROVIDER_BY_ADDRESS, client_host)])
        try:
            return await self._claims(attempt, answer, person)
        except (InvalidInputError, UnauthenticatedError) as error:
            await asyncio.to_thread(self._note, error.code)
            raise

    async def _claims(self, attempt: Attempt | None, answer: ProviderAnswer, person: UUID | None) -> Claims:
        is_own = attempt is not None and attempt.is_answered_by(answer.state, self.clock.now())
        if attempt is None or not is_own or attempt.person != person:
            raise InvalidInputError(
                "This sign-in was not begun in this browser at this address, or too long ago; begin it again.",
                code="sessions.attempt_invalid",
            )
        if attempt.claims is not None:
            return attempt.claims
        if answer.error or not answer.authorization_code:
            raise UnauthenticatedError(
                "The provider did not sign you in; begin again, or ask whoever runs it.",
                code="sessions.provider_refused",
            )
        if answer.issuer and not hmac.compare_digest(
            answer.issuer.encode("utf-8", "surrogatepass"), self.provider.issuer.encode()
        ):
            raise UnauthenticatedError(
                "The answer comes from another provider.", code="sessions.provider_unverified"
            )
        return await self.provider.claims(attempt, answer.authorization_code)

    def _note(self, why: str) -> None:
        """Write a failed attempt into the audit trail."""
        detail = {"method": "provider", "why": why}
        with self.works() as work:
            work.record(AuditEntry(NOBODY, "sessions.begin", "provider", AuditResult.REFUSED, detail=detail))

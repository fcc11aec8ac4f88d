"""Beginning at an identity provider: to sign in, or to link the account there to one's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.people.application.prove_password import ProvePassword
from drivetrain.accounts.sessions.application.ports import IdentityProvider
from drivetrain.accounts.sessions.domain.provider import PROVIDER_BY_ADDRESS, Attempt, new_attempt
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class BeginAtProvider:
    """Makes attempts, each with the address that the browser goes to."""

    provider: IdentityProvider
    prove: ProvePassword
    limiter: RateLimiter
    clock: Clock

    async def to_sign_in(self, *, client_host: str) -> tuple[str, Attempt]:
        """Begin to sign in.

        Raises:
            TooManyRequestsError: too many from this network address.
            UnavailableError: ``sessions.provider_unavailable``.
        """
        await asyncio.to_thread(require_room, self.limiter, [(PROVIDER_BY_ADDRESS, client_host)])
        return await self._begin(None)

    async def to_link(self, person: UUID, password: str | None) -> tuple[str, Attempt]:
        """Begin to link an account at the provider to a person who shows once more who they are.

        Raises:
            ContractError: ``people.wrong_password``.
            TooManyRequestsError: too many wrong ones.
            UnavailableError: ``sessions.provider_unavailable``.
        """
        await self.prove(person, password, field="/password")
        return await self._begin(person)

    async def _begin(self, person: UUID | None) -> tuple[str, Attempt]:
        attempt = new_attempt(self.clock.now(), person)
        return await self.provider.authorization_url(attempt), attempt

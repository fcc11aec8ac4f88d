"""The live sessions as one process knows them: a session seen lately costs no look at the database."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from drivetrain.accounts.sessions.adapters.stores import TOUCH_INTERVAL, KnownSession
from drivetrain.accounts.sessions.domain.session import Session, SessionTerms, counting, secret_digest
from drivetrain.core.access import Caller, ScopeSet, subject_of
from drivetrain.core.errors import UnauthenticatedError, UnavailableError
from drivetrain.core.time import Clock

FRESH = timedelta(seconds=60)
"""How long a session is believed without another look: other workers may have seen it last. Ended sessions are known
sooner: every change is followed."""

MOST_REMEMBERED = 10_000

_THREADS = 4
"""Of the ring's own: look-ups that hang with the database must not take those on which others write to local disk."""

_log = structlog.get_logger("drivetrain.sessions")


class Lookup(Protocol):
    """Where sessions are looked up."""

    def known(self, digests: Sequence[bytes], /) -> Mapping[bytes, KnownSession]:
        """Those that have not been ended."""
        ...

    def touch(self, session: UUID, instant: datetime, /) -> None:
        """Note when a session was seen."""
        ...


@dataclass(slots=True)
class _Remembered:
    """A session as it was looked up.

    Attributes:
        seen_at: when it was last used, as far as this process knows; moved on in place, because the refresher may have
            dropped the session meanwhile.
    """

    session: Session
    caller: Caller
    read_at: datetime
    seen_at: datetime

    def is_believed(self, now: datetime, terms: SessionTerms) -> bool:
        """Whether it needs no other look: another worker may have seen it later, so an idle one is looked up."""
        ends_at = min(self.session.expires_at, self.seen_at + terms.idle)
        return now - self.read_at < FRESH and now < ends_at


class SessionRing:
    """The port ``CookieAuthenticator``.

    Args:
        cookie: name of the cookie.
        key: of the installation, under which the secrets of cookies are hashed.
        guarded: roles that count only in sessions with a second factor.
    """

    def __init__(
        self,
        lookup: Lookup,
        scopes: ScopeSet,
        terms: SessionTerms,
        clock: Clock,
        *,
        cookie: str,
        key: bytes,
        guarded: Collection[str] = (),
    ) -> None:
        self._lookup = lookup
        self._scopes = scopes
        self._terms = terms
        self._clock = clock
        self._key = key
        self._guarded = guarded
        self._remembered: dict[bytes, _Remembered] = {}
        self._changes = 0
        self._touching: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, "sessions")
        self.cookie = cookie

    async def caller(self, session: str) -> Caller:
        """Whose session it is; being asked for counts as its use.

        Raises:
            UnauthenticatedError: ``auth.session_ended``.
            UnavailableError: it was not seen lately, and cannot be looked up.
        """
        now = self._clock.now()
        remembered = await self._live(session, now)
        if now - remembered.seen_at >= TOUCH_INTERVAL:
            remembered.seen_at = now
            touching = asyncio.create_task(self._touch(remembered.session.session_id, now))
            self._touching.add(touching)  # a task that nobody refers to may vanish
            touching.add_done_callback(self._touching.discard)
        return remembered.caller

    async def peek(self, session: str) -> Caller:
        """As ``caller``, without use of the session: it ends by its idle limit all the same."""
        return (await self._live(session, self._clock.now())).caller

    def reload(self) -> None:
        """Forget sessions that were ended. Blocking; called by the refresher.

        Raises:
            UnavailableError: they cannot be read; those known stay.
        """
        self._changes += 1
        remembered = list(self._remembered)
        if not remembered:
            return
        known = self._lookup.known(remembered)
        for digest in remembered:
            former = self._remembered.pop(digest, None)
            if former is not None and digest in known:
                self._remembered[digest] = self._as_remembered(known[digest], former.read_at)

    async def _live(self, session: str, now: datetime) -> _Remembered:
        digest = secret_digest(session, self._key)
        remembered = self._remembered.get(digest)
        if remembered is None or not remembered.is_believed(now, self._terms):
            remembered = await self._look_up(digest, now)
        if remembered is None:
            raise UnauthenticatedError(
                "The session has ended; sign in again. Nothing was changed by this request.",
                code="auth.session_ended",
            )
        return remembered

    async def _look_up(self, digest: bytes, now: datetime) -> _Remembered | None:
        changes, loop = self._changes, asyncio.get_running_loop()
        known = (await loop.run_in_executor(self._threads, self._lookup.known, [digest])).get(digest)
        if known is None or not known.session.is_live(now, self._terms):
            self._remembered.pop(digest, None)
            return None
        remembered = self._as_remembered(known, now)
        if changes == self._changes:  # else what was read may be from before the change
            self._remember(digest, remembered)
        return remembered

    async def _touch(self, session: UUID, now: datetime) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._lookup.touch, session, now)
        except UnavailableError as error:
            _log.warning("time of a session not written", why=error.detail)

    def _remember(self, digest: bytes, remembered: _Remembered) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = remembered

    def _as_remembered(self, known: KnownSession, read_at: datetime) -> _Remembered:
        session = known.session
        roles = counting(known.roles, self._guarded, has_second_factor=session.has_second_factor)
        caller = Caller(
            subject=subject_of(session.person),
            credential_id=str(session.session_id),
            scopes=self._scopes.of_roles(roles),
            expires_at=session.expires_at,
            person=session.person,
            company=session.company,
            branch=session.branch,
        )
        return _Remembered(session, caller, read_at, session.last_seen_at)

"""Authentication and scopes at the edge: API keys, short-lived tokens, and what each route asks for."""

from __future__ import annotations

import asyncio
import base64
import hmac
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import jwt
from starlette.requests import Request

from drivetrain.adapters.http.same_site import require_same_site
from drivetrain.core.access import Caller, KeyRecord, parse_key
from drivetrain.core.errors import NotAllowedError, TooManyRequestsError, UnauthenticatedError
from drivetrain.core.time import Clock
from drivetrain.core.token_buckets import TokenBuckets

_ALGORITHM = "HS256"
_KEY_HEADER = b"x-api-key"
_ISSUER = "drivetrain"
_MOST_REMEMBERED_KEYS = 1_000
_SHORTEST_RELOAD_INTERVAL_S = 0.25


class KeyRing:
    """The live keys as this process knows them; replaced whole, so that reading needs no lock.

    Args:
        load: reads all records.
        scopes: names that mean something here; a key's others, which a newer release or another set of products
            gave it, are left out. None for all.
    """

    def __init__(self, load: Callable[[], Sequence[KeyRecord]], scopes: frozenset[str] | None = None) -> None:
        self._load = load
        self._scopes = scopes
        self._records: Mapping[str, KeyRecord] = {}
        self._callers: dict[str, tuple[KeyRecord, Caller]] = {}
        self._loaded_at = float("-inf")
        self._used: set[str] = set()
        self._looking_up = asyncio.Lock()

    def reload(self) -> None:
        """Read the keys again. Blocking; called by the refresher, and in a thread for a key not seen before.

        Raises:
            UnavailableError: they cannot be read; those known stay.
        """
        began_at = time.monotonic()
        self.take(self._load())
        self._loaded_at = began_at

    def take(self, records: Sequence[KeyRecord]) -> None:
        """Know exactly these keys from now on."""
        self._records = {
            record.key_id: record
            if self._scopes is None
            else replace(record, scopes=record.scopes & self._scopes)
            for record in records
        }
        self._callers = {}

    def note_use(self, key_id: str) -> None:
        """Remember that a key was used, until somebody takes the uses."""
        self._used.add(key_id)

    def take_uses(self) -> set[str]:
        """The keys that were used since this was last called."""
        used, self._used = self._used, set()
        return used

    @property
    def records(self) -> Sequence[KeyRecord]:
        """The keys as last read."""
        return list(self._records.values())

    def get(self, key_id: str) -> KeyRecord | None:
        """The record as last read."""
        return self._records.get(key_id)

    def caller(self, record: KeyRecord) -> Caller:
        """Who a request with a key comes from; made once for each record, whoever replaces the records meanwhile."""
        known = self._callers.get(record.key_id)
        if known is None or known[0] is not record:
            known = self._callers[record.key_id] = (record, record.caller())
        return known[1]

    def known_scopes(self, names: list[str]) -> frozenset[str]:
        """The names as a set.

        Raises:
            ValueError, TypeError: it is no list of scopes that mean something here.
        """
        scopes = frozenset(names)
        if not isinstance(names, list) or not (self._scopes is None or scopes <= self._scopes):
            raise ValueError("not a list of known scopes")
        return scopes

    async def find(self, key_id: str) -> KeyRecord | None:
        """The record; a key made a moment ago by another process is looked up once."""
        record = self._records.get(key_id)
        if record is not None:
            return record
        arrived_at = time.monotonic()
        async with self._looking_up:  # many unknown keys at once cost one look, and looks keep their distance
            if self._loaded_at <= arrived_at:
                await asyncio.sleep(self._loaded_at + _SHORTEST_RELOAD_INTERVAL_S - time.monotonic())
                await asyncio.to_thread(self.reload)
        return self._records.get(key_id)


class CookieAuthenticator(Protocol):
    """Knows the sessions of browsers."""

    @property
    def cookie(self) -> str:
        """Name of the cookie that holds a session."""
        ...

    async def caller(self, session: str) -> Caller:
        """Whose session it is.

        Args:
            session: value of the cookie.

        Raises:
            UnauthenticatedError: ``auth.session_ended``; no live session is this one.
            UnavailableError: it was not seen lately, and cannot be looked up.
        """
        ...

    async def peek(self, session: str) -> Caller:
        """As ``caller``, without use of the session: its idle limit goes on running."""
        ...


class Authenticator:
    """Turns what a request presents into a caller."""

    def __init__(
        self, ring: KeyRing, *, pepper: bytes, token_secret: bytes, token_ttl_s: int, clock: Clock
    ) -> None:
        self._ring = ring
        self._pepper = pepper
        self._token_secret = token_secret
        self._clock = clock
        self._known_forms: dict[str, tuple[str, bytes]] = {}
        self.token_ttl_s = token_ttl_s
        self._sessions: CookieAuthenticator | None = None

    def accept_cookies(self, sessions: CookieAuthenticator) -> None:
        """Take a session's cookie where a request has no other credential."""
        self._sessions = sessions

    async def authenticate(self, request: Request) -> Caller:
        """Who sent the request: ``X-API-Key``, ``Authorization: Bearer`` with a token or a key, or a session's cookie.

        A header wins over a cookie, which browsers send by themselves.

        Raises:
            UnauthenticatedError: nothing was presented, or more than one credential, or it is wrong, expired or
                revoked.
            NotAllowedError: a request that changes something has a session and comes from another site.
        """
        presented = _credentials(request.scope["headers"])
        if len(presented) == 1 and (record := self._known(presented[0][1])) is not None:
            return self._ring.caller(self._live(record))
        if not presented:
            return await self._by_cookie(request)
        return await self._by_header(presented)

    async def peek(self, request: Request) -> Caller:
        """As ``authenticate``, for what a page keeps open by itself: a session is not used by it.

        Raises:
            UnauthenticatedError, NotAllowedError: as there.
        """
        presented = _credentials(request.scope["headers"])
        if not presented:
            sessions, session = self._cookie_of(request)
            return await sessions.peek(session)
        return await self._by_header(presented)

    async def by_session(self, request: Request) -> Caller:
        """Whose session the request has; for what concerns an account itself.

        Raises:
            UnauthenticatedError: it has none, or one that has ended.
            NotAllowedError: ``auth.session_needed``; it has a key or a token. ``auth.cross_site``.
        """
        if _credentials(request.scope["headers"]):
            raise NotAllowedError(
                "This is for people who are signed in; a key or a token cannot do it.",
                code="auth.session_needed",
            )
        return await self._by_cookie(request)

    def _known(self, text: str) -> KeyRecord | None:
        """The record of a key that has been presented before and is on the ring; None for what needs a closer look."""
        form = self._known_forms.get(text)
        if form is None:
            return None
        key_id, digest = form
        record = self._ring.get(key_id)
        return record if record is not None and hmac.compare_digest(record.digest, digest) else None

    async def _by_header(self, presented: Sequence[tuple[bytes, str]]) -> Caller:
        if len(presented) > 1:
            raise UnauthenticatedError(
                "The request has more than one credential; send one API key or one token, in one header.",
                code="auth.ambiguous",
            )
        name, credential = presented[0]
        if name == _KEY_HEADER or credential.startswith("dt_"):
            return await self.by_key(credential)
        return self._by_token(credential)

    async def _by_cookie(self, request: Request) -> Caller:
        sessions, session = self._cookie_of(request)
        return await sessions.caller(session)

    def _cookie_of(self, request: Request) -> tuple[CookieAuthenticator, str]:
        """Who knows sessions, and the cookie of one."""
        session = "" if self._sessions is None else request.cookies.get(self._sessions.cookie, "")
        if self._sessions is None or not session:
            raise UnauthenticatedError(
                "Send an API key in the header X-API-Key, or a token as Authorization: Bearer, or sign in.",
                code="auth.missing",
            )
        require_same_site(request)
        return self._sessions, session

    async def by_key(self, text: str) -> Caller:
        """Who holds this API key.

        Raises:
            UnauthenticatedError: no live key is this one.
        """
        key_id, digest = self._known_forms.get(text) or self._taken_apart(text)
        record = await self._ring.find(key_id)
        if record is None or not hmac.compare_digest(record.digest, digest):
            raise UnauthenticatedError("The API key is unknown.", code="auth.key_unknown")
        return self._ring.caller(self._live(record))

    def _taken_apart(self, text: str) -> tuple[str, bytes]:
        """Id and hash of a presented key, remembered: neither ever changes, whatever becomes of the key."""
        presented = parse_key(text)
        if len(self._known_forms) >= _MOST_REMEMBERED_KEYS:
            self._known_forms.clear()
        form = self._known_forms[text] = (presented.key_id, presented.digest(self._pepper))
        return form

    def issue_token(self, caller: Caller) -> str:
        """A signed token with the key's scopes; it ends with the key when that is sooner."""
        now = self._clock.now()
        ends = now + timedelta(seconds=self.token_ttl_s)
        if caller.expires_at is not None:
            ends = min(ends, caller.expires_at)
        claims = {"iss": _ISSUER, "sub": caller.subject, "kid": caller.credential_id, "iat": now, "exp": ends}
        return jwt.encode(
            {**claims, "scopes": sorted(caller.scopes)}, self._token_secret, algorithm=_ALGORITHM
        )

    def _by_token(self, token: str) -> Caller:
        try:
            _require_canonical(token)
            claims = jwt.decode(
                token,
                self._token_secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={
                    "require": ["exp", "sub", "kid", "scopes"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            ends = datetime.fromtimestamp(claims["exp"], UTC)
            scopes = self._ring.known_scopes(claims["scopes"])
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError):
            raise UnauthenticatedError(
                "The token is not valid; get a new one at POST /token.", code="auth.token_invalid"
            ) from None
        if self._clock.now() >= ends:
            raise UnauthenticatedError(
                "The token has expired; get a new one at POST /token.", code="auth.token_expired"
            )
        record = self._ring.get(claims["kid"])
        if record is None:
            raise UnauthenticatedError("The key of this token is unknown.", code="auth.key_unknown")
        return record.caller_with(scopes & self._live(record).scopes, ends)

    def _live(self, record: KeyRecord) -> KeyRecord:
        if not record.is_live(self._clock.now()):
            raise UnauthenticatedError("The API key has been revoked or has expired.", code="auth.key_ended")
        self._ring.note_use(record.key_id)
        return record


def _credentials(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, str]]:
    """Each credential of a request with the header that carries it; empty headers and other schemes are none."""
    presented = []
    for name, value in headers:
        if name == _KEY_HEADER:
            credential = value.strip()
        elif name == b"authorization":
            scheme, _, token = value.strip().partition(b" ")
            credential = token.strip() if scheme.lower() == b"bearer" else b""
        else:
            continue
        if credential:
            presented.append((name, credential.decode("latin-1")))
    return presented


def _require_canonical(token: str) -> None:
    """Accept one spelling of a signature; base64 would also read it with padding or other unused bits.

    Raises:
        ValueError: the signature is spelled in another way.
    """
    signature = token.rpartition(".")[2].encode("ascii")
    exact = base64.urlsafe_b64encode(base64.urlsafe_b64decode(signature + b"=" * (-len(signature) % 4)))
    if exact.rstrip(b"=") != signature:
        raise ValueError("the signature is not in its canonical form")


def _take(quota: TokenBuckets, caller: Caller) -> None:
    """Count a request.

    Raises:
        TooManyRequestsError: ``limits.key_rate``; the credential has had its requests of this second.
    """
    wait_s = quota.take(caller.credential_id)
    if wait_s:
        raise TooManyRequestsError(
            "This key sends more requests than it may; slow down.",
            code="limits.key_rate",
            retry_after_s=math.ceil(wait_s),
        )


class Needs:
    """A route's declaration: the scope without which it is not answered. Used as a dependency.

    Args:
        or_person: whether people without the scope are answered as well, about what is their own.
        is_use: whether a session goes on by it; False for what a page keeps open by itself.
    """

    def __init__(self, scope: str | None, *, or_person: bool = False, is_use: bool = True) -> None:
        self.scope = scope
        self.or_person = or_person
        self.is_use = is_use

    async def __call__(self, request: Request) -> Caller:
        """The caller.

        Raises:
            UnauthenticatedError, NotAllowedError: the caller is not known, or lacks the scope.
        """
        shared = request.scope["app"].state
        authenticator: Authenticator = shared.authenticator
        caller = await (authenticator.authenticate if self.is_use else authenticator.peek)(request)
        request.scope.setdefault("state", {})["caller"] = caller.subject
        quota: TokenBuckets | None = getattr(shared, "quota", None)
        if quota is not None:
            _take(quota, caller)
        if (
            self.scope is not None
            and self.scope not in caller.scopes
            and not (self.or_person and caller.person is not None)
        ):
            raise NotAllowedError(
                f"This request needs the scope {self.scope}; {caller.subject!r} does not have it."
            )
        return caller


class NeedsSession(Needs):
    """A route's declaration that it is for people who are signed in, whatever they may do beside."""

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, request: Request) -> Caller:
        """The caller, a person.

        Raises:
            UnauthenticatedError, NotAllowedError: the request has no live session, or comes from elsewhere.
        """
        authenticator: Authenticator = request.app.state.authenticator
        caller = await authenticator.by_session(request)
        request.state.caller = caller.subject
        return caller


async def public() -> None:
    """A route's declaration that it answers anybody."""


ANY_CALLER = Needs(None)
"""A route that needs a known caller and no particular scope."""

ANY_ONLOOKER = Needs(None, is_use=False)
"""As ``ANY_CALLER``, for a stream that a page keeps open: a session does not go on by it."""

SIGNED_IN = NeedsSession()
"""A route for people who are signed in."""

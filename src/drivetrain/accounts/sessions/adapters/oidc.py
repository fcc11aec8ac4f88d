"""A provider of OpenID Connect: where browsers are sent, and what its ID tokens say once they are verified.

Only a process that has a provider set up imports this: Authlib is an extra.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from drivetrain.accounts.sessions.adapters.oidc_client import ProviderHttp, unavailable
from drivetrain.accounts.sessions.domain.provider import Attempt, Claims
from drivetrain.core.errors import TooManyRequestsError, UnauthenticatedError
from drivetrain.core.time import Clock

ALGORITHMS = ("RS256", "RS384", "PS256", "PS384", "ES256", "ES384")
"""Signatures by a key of the provider. Never ``none``, and none that our own secret could make (HMAC)."""

METADATA_LIFE = timedelta(hours=1)
KEYS_LIFE = timedelta(hours=1)
KEYS_PAUSE = timedelta(seconds=10)
"""The keys are not asked for more often than this, however many tokens name one that is unknown."""

MOST_AT_ONCE = 32
"""Requests of one worker that wait for the provider."""

_LEEWAY_S = 60
_OLDEST_TOKEN_S = 600
_SMALLEST_RSA_BITS = 2048
_LONGEST_SUBJECT = 255
_LONGEST_TEXT = 320
_LONGEST_TOKEN = 16_384
_PLAIN_CODE = re.compile(r"[a-z_]{1,40}")

_log = structlog.get_logger("drivetrain.sessions")


@dataclass(frozen=True, slots=True)
class ProviderTerms:
    """How this installation is known at its provider.

    Attributes:
        issuer: exactly as its tokens name it.
        secret: empty where PKCE alone is the proof.
        redirect_uri: our page that browsers come back to.
        timeout_s: longest time for the provider to answer, seconds.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    scopes: str
    label: str
    timeout_s: float
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Metadata:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    takes_secret_in_body: bool
    read_at: datetime


class OidcProvider:
    """The port ``IdentityProvider``. It asks the provider nothing before somebody begins to sign in."""

    def __init__(self, terms: ProviderTerms, http: ProviderHttp, clock: Clock) -> None:
        self._terms = terms
        self._http = http
        self._clock = clock
        self._known_metadata: _Metadata | None = None
        self._keys: list[jwk.Key] = []
        self._keys_read_at: datetime | None = None
        self._waiting = 0

    @property
    def issuer(self) -> str:
        """As the provider's tokens name it."""
        return self._terms.issuer

    @property
    def label(self) -> str:
        """What people call it."""
        return self._terms.label

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes for an attempt."""
        async with self._asking():
            metadata = await self._metadata()
        return str(
            prepare_grant_uri(
                metadata.authorization_endpoint,
                self._terms.client_id,
                "code",
                redirect_uri=self._terms.redirect_uri,
                scope=self._terms.scopes,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
            )
        )

    async def claims(self, attempt: Attempt, authorization_code: str) -> Claims:
        """What the provider says of whoever signed in there."""
        async with self._asking():
            metadata = await self._metadata()
            tokens = await self._exchange(metadata, authorization_code, attempt.verifier)
            id_token = tokens.get("id_token")
            if not isinstance(id_token, str) or len(id_token) > _LONGEST_TOKEN:
                raise self._unverified("no ID token")
            token = await self._decoded(metadata, id_token)
        try:
            self._check(token, attempt.nonce, tokens.get("access_token"))
        except (JoseError, ValueError, TypeError) as error:
            raise self._unverified(str(error)) from None
        return _claims(token.claims)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """One request that waits for the provider: for a bounded time, and few at once.

        Raises:
            TooManyRequestsError: too many wait already.
            UnavailableError: ``sessions.provider_unavailable``; the time is over.
        """
        if self._waiting >= MOST_AT_ONCE:
            raise TooManyRequestsError("Too many sign-ins wait for the provider; try again.", retry_after_s=2)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                yield
        except TimeoutError:
            raise unavailable("it took too long") from None
        finally:
            self._waiting -= 1

    async def _metadata(self) -> _Metadata:
        now, known = self._clock.now(), self._known_metadata
        if known is None or now - known.read_at >= METADATA_LIFE:
            url = f"{self._terms.issuer.rstrip('/')}/.well-known/openid-configuration"
            known = self._known_metadata = self._read_metadata(await self._http.get(url), now)
        return known

    def _read_metadata(self, document: Mapping[str, Any], now: datetime) -> _Metadata:
        if document.get("issuer") != self._terms.issuer:
            raise unavailable("its metadata name another issuer")
        methods = document.get("token_endpoint_auth_methods_supported")
        return _Metadata(
            authorization_endpoint=self._endpoint(document, "authorization_endpoint"),
            token_endpoint=self._endpoint(document, "token_endpoint"),
            jwks_uri=self._endpoint(document, "jwks_uri"),
            takes_secret_in_body=isinstance(methods, list) and "client_secret_basic" not in methods,
            read_at=now,
        )

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """An address of the metadata; encrypted, unless the provider runs on this machine as we were told."""
        url = document.get(name)
        schemes = ("https://",) if self._terms.issuer.startswith("https://") else ("https://", "http://")
        if not isinstance(url, str) or not url.startswith(schemes) or not url.isprintable() or " " in url:
            raise unavailable(f"its metadata have no {name} that can be used")
        return url

    async def _exchange(self, metadata: _Metadata, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens for an authorization code.

        Raises:
            UnauthenticatedError: ``sessions.provider_refused``.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._terms.redirect_uri,
            "code_verifier": verifier,
            "client_id": self._terms.client_id,
        }
        secret = self._terms.secret
        if secret and metadata.takes_secret_in_body:
            form["client_secret"] = secret
        basic = (self._terms.client_id, secret) if secret and not metadata.takes_secret_in_body else None
        status, answer = await self._http.post(metadata.token_endpoint, form, basic)
        if status == 200:
            return answer
        reason = str(answer.get("error"))
        reason = reason if _PLAIN_CODE.fullmatch(reason) else "no reason"
        _log.warning("identity provider refused a code", status=status, why=reason)
        if status in (400, 401) and reason == "invalid_grant":
            raise UnauthenticatedError(
                "The provider does not know this sign-in any more; begin it again.",
                code="sessions.provider_refused",
            )
        raise unavailable(f"it answered {status}, {reason}")

    async def _decoded(self, metadata: _Metadata, id_token: str) -> jwt.Token:
        """The token, once its signature is verified by a key of the provider; new keys are looked for once."""
        await self._read_keys(metadata, KEYS_LIFE)
        try:
            return self._decode(id_token)
        except _UnknownKeyError:
            await self._read_keys(metadata, KEYS_PAUSE)
        try:
            return self._decode(id_token)
        except _UnknownKeyError:
            raise self._unverified("signed by an unknown key") from None

    def _decode(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._key_for(), algorithms=ALGORITHMS)
        except _UnknownKeyError:
            raise
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unverified(str(error)) from None

    def _key_for(self) -> Callable[[Any], jwk.Key]:
        def choose(token: Any) -> jwk.Key:
            kid = token.headers().get("kid")
            fitting = [key for key in self._keys if kid is None or key.kid == kid]
            if len(fitting) != 1:
                raise _UnknownKeyError
            return fitting[0]

        return choose

    async def _read_keys(self, metadata: _Metadata, life: timedelta) -> None:
        now = self._clock.now()
        if self._keys_read_at is not None and now - self._keys_read_at < life:
            return
        document = await self._http.get(metadata.jwks_uri)
        entries = document.get("keys")
        if not isinstance(entries, list):
            raise unavailable("its keys cannot be read")
        self._keys = [key for key in map(_public_key, entries) if key is not None]
        self._keys_read_at = now

    def _check(self, token: jwt.Token, nonce: str, access_token: object) -> None:
        """Refuse a token that was not made by this provider, for us, now, and for this attempt.

        Raises:
            JoseError, ValueError, TypeError: it was not.
        """
        claims, now_s = token.claims, int(self._clock.now().timestamp())
        checked = CodeIDToken(
            claims,
            token.header,
            options={"iss": {"essential": True, "value": self._terms.issuer}},
            params={
                "nonce": nonce,
                "client_id": self._terms.client_id,
                "access_token": access_token if isinstance(access_token, str) else None,
            },
        )
        checked.validate(now=now_s, leeway=_LEEWAY_S)
        if claims["iss"] != self._terms.issuer:
            raise ValueError("another issuer")
        if claims["aud"] not in (self._terms.client_id, [self._terms.client_id]):
            raise ValueError("made for others too, or for another")
        if not hmac.compare_digest(str(claims.get("nonce")).encode("utf-8", "surrogatepass"), nonce.encode()):
            raise ValueError("another nonce")
        if not now_s - _OLDEST_TOKEN_S <= claims["iat"] <= now_s + _LEEWAY_S:
            raise ValueError("made too long ago, or in the future")
        if claims["exp"] <= now_s - _LEEWAY_S:
            raise ValueError("expired")
        subject = claims["sub"]
        if (
            not isinstance(subject, str)
            or not 0 < len(subject) <= _LONGEST_SUBJECT
            or not subject.isprintable()
        ):
            raise ValueError("no subject that can be used")

    def _unverified(self, why: str) -> UnauthenticatedError:
        _log.warning("ID token refused", issuer=self._terms.issuer, why=why[:200])
        return UnauthenticatedError(
            "What the provider answered could not be verified; begin again, or tell whoever runs this installation.",
            code="sessions.provider_unverified",
        )


class _UnknownKeyError(Exception):
    """No key, or no single one, is the one that a token names."""


def _public_key(entry: object) -> jwk.Key | None:
    """A key that signatures may be verified by; None for one of another kind, for encryption, too short, or broken."""
    if (
        not isinstance(entry, dict)
        or entry.get("kty") not in ("RSA", "EC")
        or entry.get("use", "sig") != "sig"
    ):
        return None
    try:
        key = jwk.import_key(entry)
        is_long = not isinstance(key, jwk.RSAKey) or key.public_key.key_size >= _SMALLEST_RSA_BITS
    except (
        JoseError,
        UnsupportedAlgorithm,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
    ):
        return None
    return key if is_long else None


def _claims(claims: Mapping[str, Any]) -> Claims:
    return Claims(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=_text(claims.get("email")),
        is_email_verified=claims.get("email_verified") is True,
        name=_text(claims.get("name")),
        locale=_text(claims.get("locale")),
    )


def _text(value: object) -> str:
    """A text of a bounded length; empty for anything else."""
    is_text = isinstance(value, str) and len(value) <= _LONGEST_TEXT
    return value.encode("utf-8", "replace").decode() if is_text and isinstance(value, str) else ""

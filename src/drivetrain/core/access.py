"""Who may do what: scopes, roles, and API keys of which only a keyed hash is ever stored.

A key reads ``dt_<env>_<id>_<secret>_<checksum>``. The checksum lets a typing error, or a scanner of
leaked secrets, be told from a wrong key without asking the database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drivetrain.core.errors import InvalidInputError, UnauthenticatedError

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 12
_SECRET_LENGTH = 40  # 40 of 62 letters: 238 bits
_KEY = re.compile(r"dt_([a-z]{1,12})_([A-Za-z0-9]{12})_([A-Za-z0-9]{40})_([0-9a-f]{8})", re.ASCII)


class Scope(StrEnum):
    """One right. Every route declares exactly one, or that it is public."""

    PREDICT = "predict"
    PREDICT_BATCH = "predict:batch"
    EVENTS_WRITE = "events:write"
    MODELS_READ = "models:read"
    MODELS_LOAD = "models:load"
    MODELS_PROMOTE = "models:promote"
    DECISIONS_READ = "decisions:read"
    METRICS_READ = "metrics:read"
    USERS_ADMIN = "users:admin"


ROLES: dict[str, frozenset[Scope]] = {
    "viewer": frozenset({Scope.MODELS_READ, Scope.METRICS_READ}),
    "client": frozenset({Scope.PREDICT, Scope.PREDICT_BATCH, Scope.EVENTS_WRITE}),
    "operator": frozenset(
        {
            Scope.MODELS_READ,
            Scope.MODELS_LOAD,
            Scope.MODELS_PROMOTE,
            Scope.DECISIONS_READ,
            Scope.METRICS_READ,
            Scope.PREDICT,
            Scope.PREDICT_BATCH,
        }
    ),
    "admin": frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from.

    Attributes:
        subject: the name of the key, as it stands in the ledger.
        expires_at: when the credential ends; None for never.
    """

    subject: str
    key_id: str
    scopes: frozenset[Scope]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is stored of a key: never the key itself."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    digest: bytes
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """True while neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def caller(self) -> Caller:
        """Who a request with this key comes from."""
        return Caller(self.name, self.key_id, self.scopes, self.expires_at)


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key taken apart, its checksum proved."""

    text: str
    environment: str
    key_id: str

    def digest(self, pepper: bytes) -> bytes:
        """HMAC-SHA256 of the whole key under the installation's pepper, 32 bytes."""
        return hmac.digest(pepper, self.text.encode("ascii"), hashlib.sha256)


class KeyStore(Protocol):
    """Where key records live. Used by the command line and, off the request path, by the API."""

    def add(self, record: KeyRecord) -> None:
        """Store a new record.

        Raises:
            ConflictError: a key of this id or a live one of this name exists.
        """
        ...

    def all(self) -> Sequence[KeyRecord]:
        """Every record, newest first, revoked ones included."""
        ...

    def revoke(self, key_id: str, at: datetime) -> KeyRecord:
        """Revoke a key; revoking twice changes nothing.

        Raises:
            NotFoundError: no key has this id.
        """
        ...


def mint_key(environment: str) -> PresentedKey:
    """A new random key for ``environment`` (lower-case letters)."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    body = f"dt_{environment}_{key_id}_{secret}"
    return PresentedKey(f"{body}_{_checksum(body)}", environment, key_id)


def parse_key(text: str) -> PresentedKey:
    """Take a presented key apart.

    Raises:
        UnauthenticatedError: the text is not a key, or its checksum is wrong. The text is not repeated.
    """
    match = _KEY.fullmatch(text)
    if match is None or not hmac.compare_digest(_checksum(text.rpartition("_")[0]), match[4]):
        raise UnauthenticatedError("The API key is not well formed.", code="auth.key_malformed")
    return PresentedKey(text, match[1], match[2])


def scopes_of(names: Sequence[str]) -> frozenset[Scope]:
    """The scopes that roles and scope names stand for.

    Raises:
        InvalidInputError: a name is neither a role nor a scope.
    """
    found: set[Scope] = set()
    for name in names:
        if name in ROLES:
            found |= ROLES[name]
        elif name in set(Scope):
            found.add(Scope(name))
        else:
            raise InvalidInputError(
                f"{name!r} is neither a role ({', '.join(ROLES)}) nor a scope ({', '.join(Scope)}).",
                code="auth.unknown_scope",
            )
    return frozenset(found)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('ascii')):08x}"

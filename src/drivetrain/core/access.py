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
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from drivetrain.core.errors import ConflictError, InvalidInputError, UnauthenticatedError

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 12
_SECRET_LENGTH = 40  # 40 of 62 letters: 238 bits
_KEY = re.compile(r"dt_([a-z]{1,12})_([A-Za-z0-9]{12})_([A-Za-z0-9]{40})_([0-9a-f]{8})", re.ASCII)


ADMIN_ROLE = "admin"
"""The role that holds every scope of the installation."""


class PersonRole(StrEnum):
    """What a person may be. A role that keys have too means the same scopes for both."""

    BUYER = "buyer"
    DEALER = "dealer"
    COMPANY_ADMIN = "company_admin"
    MODERATOR = "moderator"
    OPERATOR = "operator"
    ANALYST = "analyst"
    ADMIN = ADMIN_ROLE


@dataclass(frozen=True, slots=True)
class Scope:
    """One right. Every route declares exactly one by its name, or that it is public.

    Attributes:
        name: ``subject`` or ``subject:action``.
        roles: the roles that hold it beside ``admin``, which holds every scope.
    """

    name: str
    roles: frozenset[str] = frozenset()


class PlatformScope(StrEnum):
    """The rights of the platform's own routes. A product's own stand on its card."""

    PREDICT = "predict"
    PREDICT_BATCH = "predict:batch"
    EVENTS_WRITE = "events:write"
    MODELS_READ = "models:read"
    MODELS_LOAD = "models:load"
    MODELS_PROMOTE = "models:promote"
    DECISIONS_READ = "decisions:read"
    METRICS_READ = "metrics:read"
    MODELS_TRAIN = "models:train"
    TABLES_WRITE = "tables:write"
    SETTINGS_READ = "settings:read"
    TASKS_READ = "tasks:read"
    TASKS_MANAGE = "tasks:manage"
    USERS_ADMIN = "users:admin"


PLATFORM_SCOPES: tuple[Scope, ...] = (
    Scope(
        PlatformScope.PREDICT,
        frozenset({"client", "operator", "buyer", "dealer", "company_admin", "analyst"}),
    ),
    Scope(
        PlatformScope.PREDICT_BATCH, frozenset({"client", "operator", "dealer", "company_admin", "analyst"})
    ),
    Scope(PlatformScope.EVENTS_WRITE, frozenset({"client"})),
    Scope(PlatformScope.MODELS_READ, frozenset({"viewer", "operator", "analyst"})),
    Scope(PlatformScope.MODELS_LOAD, frozenset({"operator"})),
    Scope(PlatformScope.MODELS_PROMOTE, frozenset({"operator"})),
    Scope(PlatformScope.DECISIONS_READ, frozenset({"operator", "analyst"})),
    Scope(PlatformScope.METRICS_READ, frozenset({"viewer", "operator", "analyst"})),
    Scope(PlatformScope.MODELS_TRAIN, frozenset({"operator"})),
    Scope(PlatformScope.TABLES_WRITE, frozenset({"operator"})),
    Scope(PlatformScope.SETTINGS_READ, frozenset({"operator"})),
    Scope(PlatformScope.TASKS_READ, frozenset({"operator", "analyst"})),
    Scope(PlatformScope.TASKS_MANAGE, frozenset({"operator"})),
    Scope(PlatformScope.USERS_ADMIN),
)


class ScopeSet:
    """All scopes of an installation, and the roles that name some of them.

    Args:
        scopes: the platform's and every product's, joined.

    Attributes:
        names: of all scopes.
        roles: the scopes of each role, ``admin`` last.

    Raises:
        ConflictError: two scopes have one name, or a scope is named like a role.
    """

    def __init__(self, *scopes: Scope) -> None:
        repeated = [name for name, count in Counter(scope.name for scope in scopes).items() if count > 1]
        self.names = frozenset(str(scope.name) for scope in scopes)
        roles = dict.fromkeys(role for scope in scopes for role in sorted(scope.roles) if role != ADMIN_ROLE)
        self.roles: Mapping[str, frozenset[str]] = {
            **{role: frozenset(str(scope.name) for scope in scopes if role in scope.roles) for role in roles},
            ADMIN_ROLE: self.names,
        }
        if ambiguous := [*repeated, *sorted(self.names & self.roles.keys())]:
            raise ConflictError(
                f"The scope {ambiguous[0]!r} is declared twice, or is a role's name; choose another name.",
                code="auth.scope_taken",
            )

    def granted(self, names: Sequence[str]) -> frozenset[str]:
        """The scopes that roles and scope names stand for.

        Raises:
            InvalidInputError: a name is neither a role nor a scope.
        """
        scopes: set[str] = set()
        for name in names:
            if name not in self.roles and name not in self.names:
                raise InvalidInputError(
                    f"{name!r} is neither a role ({', '.join(self.roles)}) "
                    f"nor a scope ({', '.join(sorted(self.names))}).",
                    code="auth.unknown_scope",
                )
            scopes |= self.roles.get(name, {name})
        return frozenset(scopes)

    def of_roles(self, names: Iterable[str]) -> frozenset[str]:
        """The scopes of some roles; a role that no scope names has none."""
        return frozenset().union(*(self.roles.get(name, frozenset()) for name in names))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from, whether with a key, a token or a session.

    Attributes:
        subject: as it stands in the ledger: the name of the key, or ``person:`` and the person's id.
        credential_id: of the key or the session.
        scopes: names of what the caller may do.
        expires_at: when the credential ends; None for never.
        person: whose credential it is; None for a key of the installation itself.
        company: the company that the caller acts for; None for the whole platform.
        branch: the branch of that company; None for all of it.
    """

    subject: str
    credential_id: str
    scopes: frozenset[str]
    expires_at: datetime | None = None
    person: UUID | None = None
    company: UUID | None = None
    branch: UUID | None = None


PERSON_PREFIX = "person:"


def subject_of(person: UUID) -> str:
    """How a person stands in the ledger, the history and the audit trail: never by name or address."""
    return f"{PERSON_PREFIX}{person}"


def person_of_subject(subject: str) -> UUID | None:
    """The person who stands in the ledger under this name; None for a key, and for anything else."""
    if not subject.startswith(PERSON_PREFIX):
        return None
    try:
        return UUID(subject.removeprefix(PERSON_PREFIX))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is stored of a key: never the key itself.

    Attributes:
        person: who made it for themselves; None for a key of the installation.
        company, branch: that its person acts for with it; None for the whole platform.
        held_roles: of its person now, where they act; empty for a key of the installation.
        last_used_at: to the minute; None for never.
    """

    key_id: str
    name: str
    scopes: frozenset[str]
    digest: bytes
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    person: UUID | None = None
    company: UUID | None = None
    branch: UUID | None = None
    held_roles: frozenset[str] = frozenset()
    last_used_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Who acts with it: the key itself, or its person."""
        return self.name if self.person is None else subject_of(self.person)

    def within(self, scopes: ScopeSet) -> KeyRecord:
        """The key with no scope that its person does not hold any more."""
        if self.person is None:
            return self
        return replace(self, scopes=self.scopes & scopes.of_roles(self.held_roles))

    def is_live(self, instant: datetime) -> bool:
        """True while neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or instant < self.expires_at)

    def caller(self) -> Caller:
        """Who a request with this key comes from."""
        return self.caller_with(self.scopes, self.expires_at)

    def caller_with(self, scopes: frozenset[str], expires_at: datetime | None) -> Caller:
        """Who a request with a credential made of this key comes from."""
        return Caller(self.subject, self.key_id, scopes, expires_at, self.person, self.company, self.branch)


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
            ConflictError: a key of this id or a live one of this name and owner exists.
        """
        ...

    def all(self, *, person: UUID | None = None) -> Sequence[KeyRecord]:
        """Every record, newest first, revoked ones included.

        Args:
            person: whose keys; None for all there are.
        """
        ...

    def note_uses(self, key_ids: Collection[str], instant: datetime) -> None:
        """Note when keys were last used; those that do not exist any more are left out."""
        ...

    def revoke(
        self, key_id: str, revoked_at: datetime, *, actor: str, person: UUID | None = None
    ) -> KeyRecord:
        """Revoke a key; revoking twice changes nothing.

        Args:
            actor: who does, as the audit trail shows it.
            person: whose keys may be revoked; None for all there are.

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


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('ascii')):08x}"

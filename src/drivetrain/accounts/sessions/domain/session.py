"""A session: who signed in, from where, and how long that counts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from drivetrain.accounts.people.domain.person import RoleHeld

_SECRET_BYTES = 32
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long a session lasts.

    Attributes:
        idle: without a request.
        absolute: after signing in, whatever happens.
    """

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Workplace:
    """A company in which somebody works.

    Attributes:
        branch: of that company; None for all of it.
    """

    company: UUID
    name: str
    role: str
    branch: UUID | None


@dataclass(frozen=True, slots=True)
class Session:
    """One session; the secret of its cookie is stored nowhere.

    Attributes:
        method: how its person signed in: ``password``, ``link`` or ``provider``.
        address: where the request came from; empty where that is not known.
        agent: the browser as it names itself, shortened.
        company: that its requests act for; None for the whole platform.
    """

    session_id: UUID
    person: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    method: str
    has_second_factor: bool
    address: str
    agent: str
    company: UUID | None = None
    branch: UUID | None = None

    def is_live(self, instant: datetime, terms: SessionTerms) -> bool:
        """True while neither limit has passed."""
        return instant < self.expires_at and instant < self.last_seen_at + terms.idle


def shown_agent(agent: str) -> str:
    """How a browser names itself, shortened, without what cannot be printed."""
    return "".join(filter(str.isprintable, agent))[:LONGEST_AGENT]


def new_secret() -> str:
    """What a cookie holds, 43 letters: 256 random bits."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=").decode("ascii")


def secret_digest(secret: str, key: bytes) -> bytes:
    """What is stored of a cookie: an HMAC under a key of the installation, 32 bytes."""
    return hmac.digest(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)


def counting(roles: Iterable[str], guarded: Collection[str], *, has_second_factor: bool) -> list[str]:
    """The roles that count in a session.

    Args:
        guarded: roles that count only where a second factor was given.
    """
    return [role for role in roles if has_second_factor or role not in guarded]


def workplace(roles: Iterable[RoleHeld]) -> tuple[UUID | None, UUID | None]:
    """Company and branch that a person acts for: the only ones of their roles; none where there are several."""
    places = {(role.company, role.branch) for role in roles if role.company is not None}
    return next(iter(places)) if len(places) == 1 else (None, None)

"""A public link to a listing: a token that cannot be guessed, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drivetrain.core.access import Scope

LISTINGS_SHARE = Scope(
    "listings:share", frozenset({"operator", "buyer", "dealer", "company_admin", "moderator", "analyst"})
)
"""To make public links to listings."""

USUAL_DAYS, MOST_DAYS = 30, 180
MOST_SHARES = 100
"""Of one person, that have not expired."""

MOST_COUNTED = 1_000_000
"""From there on nobody counts: the figure says enough."""

_TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Share:
    """A public link.

    Attributes:
        digest: SHA-256 of the token. A hash without a key is enough: a token has 192 random bits.
        opened: how often its page was shown, at most ``MOST_COUNTED``.
    """

    share_id: UUID
    listing: UUID
    person: UUID
    digest: bytes
    created_at: datetime
    expires_at: datetime
    opened: int = 0


def new_token() -> tuple[str, bytes]:
    """A token, 32 letters, and what is stored of it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, _digest(token)


def digest_of(token: str) -> bytes | None:
    """What is stored of a token; None for what is none of ours."""
    return _digest(token) if _TOKEN.fullmatch(token) else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

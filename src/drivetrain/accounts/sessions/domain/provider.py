"""Signing in at an identity provider: the attempt that a browser begins, and what the provider says of a person."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from drivetrain.accounts.people.domain.person import (
    LANGUAGES,
    LONGEST_NAME,
    Address,
    Person,
    RoleHeld,
    is_platform_admin,
)
from drivetrain.core.limits import RateRule
from drivetrain.core.text import is_plain, shortened

ATTEMPT_LIFE = timedelta(minutes=10)
"""Time for signing in at the provider and giving the code of a second factor here."""

PROVIDER_BY_ADDRESS = RateRule("sessions.provider.address", 60, 600)

_SECRET_BYTES = 32
_TO_LINK = "link."
_LONGEST_PROVIDER = 200


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified ID token says of whoever signed in.

    Attributes:
        issuer: of the token; it and the subject together name somebody for ever.
        email: as the provider knows it; empty where it says none.
        is_email_verified: whether the provider says that the address is theirs.
        name: empty where it says none.
        locale: language tag; empty where it says none.
    """

    issuer: str
    subject: str
    email: str = ""
    is_email_verified: bool = False
    name: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that a browser has begun; its cookie holds it, sealed.

    Attributes:
        state: comes back with the browser, and shows that the answer belongs to this attempt.
        nonce: comes back in the ID token.
        verifier: of PKCE; shows the provider that whoever began the attempt ends it.
        person: who links the provider to their account; None for signing in.
        claims: what the provider said, while the code of a second factor is still missing.
    """

    state: str
    nonce: str
    verifier: str
    expires_at: datetime
    person: UUID | None = None
    claims: Claims | None = None

    def is_answered_by(self, state: str, instant: datetime) -> bool:
        """True when a state is that of this attempt, in time."""
        is_own = hmac.compare_digest(self.state.encode(), state.encode("utf-8", "surrogatepass"))
        return is_own and instant < self.expires_at


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at a provider that is linked to a person. The address that the provider knows is not kept."""

    identity_id: UUID
    person: UUID
    issuer: str
    subject: str
    linked_at: datetime
    last_used_at: datetime

    @property
    def provider(self) -> str:
        """The provider as people know it: the host of its issuer."""
        return shortened(urlsplit(self.issuer).hostname or self.issuer, longest=_LONGEST_PROVIDER)


def new_attempt(instant: datetime, person: UUID | None = None) -> Attempt:
    """An attempt with secrets of its own. Its state says to the page what it is for."""
    prefix = "" if person is None else _TO_LINK
    state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
    return Attempt(prefix + state, nonce, verifier, instant + ATTEMPT_LIFE, person)


def is_believed(claims: Claims, address: Address, domains: Collection[str]) -> bool:
    """True where the provider vouches for an address of a domain whose addresses it gives out.

    Args:
        domains: as they stand in the keys of addresses.
    """
    return claims.is_email_verified and address.key.rpartition("@")[2] in domains


def may_be_linked_unasked(person: Person, roles: Collection[RoleHeld], *, has_identity: bool) -> bool:
    """True for an account that was made for an address and has no way of signing in of its own yet.

    Whoever has a password links the provider while signed in, and so does an administrator of the platform: else
    whoever rules over the provider's addresses could take such an account over.
    """
    has_own_way = person.password_hash is not None or has_identity
    return person.deactivated_at is None and not has_own_way and not is_platform_admin(list(roles))


def name_of(claims: Claims, address: Address) -> str:
    """What a new account is called: the provider's name, or what stands left of the ``@``."""
    name = claims.name.strip()
    return (
        name
        if name and is_plain(name, longest=LONGEST_NAME)
        else address.text.partition("@")[0][:LONGEST_NAME]
    )


def language_of(claims: Claims) -> str:
    """The language of a new account."""
    language = claims.locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else LANGUAGES[0]

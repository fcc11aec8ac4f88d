"""Signing in with an account at an identity provider."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from drivetrain.accounts.people.application.accounts import person_object
from drivetrain.accounts.people.application.ports import AddressReader
from drivetrain.accounts.people.application.second_factor import SecondFactor
from drivetrain.accounts.people.domain.limits import CODE_BY_PERSON
from drivetrain.accounts.people.domain.person import Address, Person
from drivetrain.accounts.sessions.application.browsers import Browsers
from drivetrain.accounts.sessions.application.open_session import OpenSession, Origin, SignedIn
from drivetrain.accounts.sessions.application.ports import OpenSessionWork, SessionWork
from drivetrain.accounts.sessions.application.prove_identity import ProveIdentity, ProviderAnswer
from drivetrain.accounts.sessions.application.sign_in import NOBODY, code_needed, refuse_code
from drivetrain.accounts.sessions.domain.provider import (
    Attempt,
    Claims,
    Identity,
    is_believed,
    language_of,
    may_be_linked_unasked,
    name_of,
)
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry, AuditResult
from drivetrain.core.errors import ConflictError, ContractError, UnauthenticatedError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, require_room
from drivetrain.core.time import Clock, iso_utc

BY_PROVIDER = "provider"
"""Who has made an account, where somebody signed in at the provider for the first time."""


@dataclass(frozen=True, slots=True)
class CodeMissing:
    """A sign-in that waits for the right code of a second factor.

    Attributes:
        attempt: with what the provider said, whose code is good for one use.
    """

    error: UnauthenticatedError
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Whose session it may become.

    Attributes:
        identity: None where the account at the provider is not linked yet.
        is_new: whether the person has no account yet.
    """

    person: Person
    identity: Identity | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class SignInAtProvider:
    """Opens a session for whoever the provider says signed in there; a second factor is asked for as with a password.

    Attributes:
        domains: whose addresses the provider is believed about, as in the keys of addresses.
        makes_accounts: whether somebody with such an address gets an account who has none.
    """

    works: OpenSessionWork
    prove: ProveIdentity
    addresses: AddressReader
    factor: SecondFactor
    limiter: RateLimiter
    open_session: OpenSession
    clock: Clock
    domains: Collection[str]
    makes_accounts: bool
    browsers: Browsers

    async def __call__(
        self, attempt: Attempt | None, answer: ProviderAnswer, code: str, origin: Origin
    ) -> SignedIn | CodeMissing:
        """Open it.

        Raises:
            InvalidInputError, UnauthenticatedError, UnavailableError: as ``ProveIdentity`` says;
                ``sessions.identity_unknown``, nobody who may sign in is linked.
            ConflictError: ``sessions.identity_taken``.
            TooManyRequestsError: too many attempts.
        """
        claims = await self.prove(attempt, answer, client_host=origin.address)
        result = await asyncio.to_thread(self._open, claims, code, origin)
        if isinstance(result, SignedIn):
            return self.browsers.remembered(result)
        if result.code == "sessions.identity_unknown" or attempt is None:
            raise result
        return CodeMissing(result, replace(attempt, claims=claims))

    def _open(self, claims: Claims, code: str, origin: Origin) -> SignedIn | UnauthenticatedError:
        """The session, or the refusal; given and not raised, because what was used up or noted stays so."""
        now = self.clock.now()
        with self.works() as work:
            candidate = self._candidate(work, claims, now)
            if candidate is None:
                return _refuse(work)
            person = candidate.person
            has_factor = self.factor.is_asked_for(work, person.person_id)
            if has_factor and not code:
                return code_needed()
            if has_factor:
                require_room(self.limiter, [(CODE_BY_PERSON, str(person.person_id))])
                if not self.factor.accepts(work, person.person_id, code):
                    return refuse_code(work, person)
            if not candidate.is_new:
                self.browsers.tell_of_new(work, person, origin, now)
            self._link(work, candidate, claims, now)
            return self.open_session(
                work, person, origin, method="provider", has_second_factor=has_factor, instant=now
            )

    def _candidate(self, work: SessionWork, claims: Claims, now: datetime) -> _Candidate | None:
        identity = work.identities.of_subject(claims.issuer, claims.subject)
        if identity is not None:
            person = work.people.lock(identity.person)
            return _Candidate(person, identity) if person is not None and person.may_sign_in else None
        address = self._believed_address(claims)
        if address is None:
            return None
        known = work.people.by_email(address.key)
        if known is None:
            return _Candidate(_newcomer(claims, address, now), is_new=True) if self.makes_accounts else None
        person = work.people.lock(known.person_id)
        if person is None:
            return None
        roles = work.people.roles(person.person_id)
        has_identity = bool(work.identities.of_person(person.person_id))
        return _Candidate(person) if may_be_linked_unasked(person, roles, has_identity=has_identity) else None

    def _believed_address(self, claims: Claims) -> Address | None:
        try:
            address = self.addresses(claims.email)
        except ContractError:
            return None
        return address if is_believed(claims, address, self.domains) else None

    def _link(self, work: SessionWork, candidate: _Candidate, claims: Claims, now: datetime) -> None:
        """Note the use of the link, or make it.

        Raises:
            ConflictError: ``sessions.identity_taken``; another request was quicker. Nothing is changed.
        """
        person = candidate.person.person_id
        if candidate.identity is not None:
            return work.identities.note_use(candidate.identity.identity_id, now)
        identity = new_identity(claims, person, now)
        is_stored = not candidate.is_new or work.people.add(candidate.person)
        if not is_stored or not work.identities.add(identity):
            raise ConflictError(
                "The account was made or linked a moment ago; sign in again.", code="sessions.identity_taken"
            )
        work.people.mark_verified(person, now)
        if not candidate.is_new:
            tell_of_identity(work, "identity_linked", identity, now)
        action = "people.sign_up" if candidate.is_new else "people.link_identity"
        detail = {"method": "provider"}
        work.record(AuditEntry(subject_of(person), action, person_object(person), detail=detail))
        return None


def new_identity(claims: Claims, person: UUID, instant: datetime) -> Identity:
    """The link of an account at a provider to a person, not stored yet."""
    return Identity(UUID(new_id()), person, claims.issuer, claims.subject, instant, instant)


def tell_of_identity(work: SessionWork, message: str, identity: Identity, instant: datetime) -> None:
    """Write to a person whose account was linked or unlinked; before the audit trail is written."""
    arguments = {"at": iso_utc(instant), "provider": identity.provider}
    work.write(message, identity.person, arguments)


def _newcomer(claims: Claims, address: Address, now: datetime) -> Person:
    return Person(
        person_id=UUID(new_id()),
        email=address,
        name=name_of(claims, address),
        language=language_of(claims),
        time_zone="UTC",
        created_at=now,
        created_by=BY_PROVIDER,
        verified_at=now,
    )


def _refuse(work: SessionWork) -> UnauthenticatedError:
    """The one refusal of everybody who has no account, or one that may not be signed in to in this way."""
    detail = {"method": "provider", "why": "sessions.identity_unknown"}
    work.record(AuditEntry(NOBODY, "sessions.begin", "provider", AuditResult.REFUSED, detail=detail))
    return UnauthenticatedError(
        "No account that may sign in is linked to this one at the provider. If you have an account, sign in with your "
        "password and link it; else ask an administrator for an account.",
        code="sessions.identity_unknown",
    )

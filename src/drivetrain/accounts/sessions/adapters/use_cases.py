"""The use cases of sessions on one installation's database and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.people.adapters.use_cases import ACCOUNT_KEY, FACTOR_KEY, TOKEN_KEY, PeopleUseCases
from drivetrain.accounts.people.application.accounts import existing
from drivetrain.accounts.people.application.ports import Letters
from drivetrain.accounts.people.domain.person import Person
from drivetrain.accounts.sessions.adapters.attempts import ATTEMPT_KEY, AttemptSeal
from drivetrain.accounts.sessions.adapters.cookies import SessionCookies
from drivetrain.accounts.sessions.adapters.ring import SessionRing
from drivetrain.accounts.sessions.adapters.schemas import SignedInAnswer, signed_in_as_dict
from drivetrain.accounts.sessions.adapters.settings import CookieSettings, OidcSettings, SessionSettings
from drivetrain.accounts.sessions.adapters.stores import SessionLookup, SessionWorks
from drivetrain.accounts.sessions.application.begin_at_provider import BeginAtProvider
from drivetrain.accounts.sessions.application.browsers import Browsers
from drivetrain.accounts.sessions.application.change_password import ChangePassword
from drivetrain.accounts.sessions.application.end_sessions import EndSessions
from drivetrain.accounts.sessions.application.keep_identities import KeepIdentities, LinkIdentity
from drivetrain.accounts.sessions.application.open_session import OpenSession
from drivetrain.accounts.sessions.application.ports import OpenSessionWork
from drivetrain.accounts.sessions.application.prove_identity import ProveIdentity
from drivetrain.accounts.sessions.application.renew_session import (
    ChooseCompany,
    ConfirmFactor,
    RenewSession,
    live_session,
)
from drivetrain.accounts.sessions.application.sign_in import SignIn
from drivetrain.accounts.sessions.application.sign_in_at_provider import SignInAtProvider
from drivetrain.accounts.sessions.application.sign_in_by_link import SignInByLink
from drivetrain.accounts.sessions.domain.session import Session, SessionTerms, counting
from drivetrain.core.access import ScopeSet
from drivetrain.core.audit import AuditTrail
from drivetrain.core.limits import RateLimiter
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.installation import Installation

SESSION_KEY, DEVICE_KEY, COOKIE_NAME = "sessions", "known browsers", "name of cookies"
"""Purposes of the keys that are derived for sessions."""


PROVIDER_PAGE = "provider-sign-in"
"""Page that browsers come back to from an identity provider."""


@dataclass(frozen=True, slots=True)
class ProviderUseCases:
    """What can be done at an identity provider, wired."""

    label: str
    begin: BeginAtProvider
    sign_in: SignInAtProvider
    link: LinkIdentity


@dataclass(frozen=True, slots=True)
class SessionUseCases:
    """What can be done with sessions, wired.

    Attributes:
        provider: None where no identity provider is set up.
    """

    works: OpenSessionWork
    cookies: SessionCookies
    ring: SessionRing
    sign_in: SignIn
    sign_in_by_link: SignInByLink
    change_password: ChangePassword
    confirm_factor: ConfirmFactor
    choose_company: ChooseCompany
    guarded: frozenset[str]
    end: EndSessions
    identities: KeepIdentities
    attempts: AttemptSeal
    provider: ProviderUseCases | None
    clock: Clock

    def current(self, person: UUID, session: str) -> tuple[Person, Session]:
        """A person and one of their live sessions.

        Raises:
            UnauthenticatedError: ``auth.session_ended``; it was ended a moment ago.
        """
        with self.works() as work:
            row = live_session(work, person, session, self.clock.now())
            return existing(work.people, person), row

    def shown(self, person: Person, session: Session) -> SignedInAnswer:
        """A session as it stands in an answer: what it lacks, and where its person works."""
        with self.works() as work:
            roles = work.people.roles(person.person_id)
            places = work.sessions.workplaces(person.person_id)
        held = [role.role for role in roles if role.company in {None, session.company}]
        counted = counting(held, self.guarded, has_second_factor=session.has_second_factor)
        return signed_in_as_dict(person, session, places, needs_second_factor=counted != held)


def session_terms(installation: Installation) -> SessionTerms:
    """How long sessions last here."""
    settings = installation.settings(SessionSettings)
    return SessionTerms(timedelta(minutes=settings.idle_min), timedelta(hours=settings.hours))


def session_works(
    installation: Installation, engine: Engine, letters: Letters, trail: AuditTrail
) -> SessionWorks:
    """What opens works on a database."""
    return SessionWorks(
        engine, letters, trail, installation.derived_key(FACTOR_KEY), session_terms(installation)
    )


def session_use_cases(
    installation: Installation,
    engine: Engine,
    works: SessionWorks,
    people: PeopleUseCases,
    hasher: Argon2Hasher,
    limiter: RateLimiter,
    scopes: ScopeSet,
    clock: Clock,
) -> SessionUseCases:
    """Wire them."""
    session_key = installation.derived_key(SESSION_KEY)
    cookies = SessionCookies(
        installation.derived_key(COOKIE_NAME)[:4].hex(),
        installation.settings(CookieSettings).insecure_cookies,
    )
    open_session, renew = OpenSession(works.terms, session_key), RenewSession(session_key)
    guarded = installation.settings(PeopleSettings).guarded_roles(is_exposed=installation.is_exposed)
    browsers = Browsers(installation.derived_key(ACCOUNT_KEY), installation.derived_key(DEVICE_KEY))
    return SessionUseCases(
        works=works,
        cookies=cookies,
        ring=SessionRing(
            SessionLookup(engine),
            scopes,
            works.terms,
            clock,
            cookie=cookies.session,
            key=session_key,
            guarded=guarded,
        ),
        sign_in=SignIn(
            works,
            hasher,
            read_address,
            people.second_factor,
            limiter,
            open_session,
            clock,
            browsers,
        ),
        sign_in_by_link=SignInByLink(
            works,
            people.second_factor,
            limiter,
            open_session,
            clock,
            installation.derived_key(TOKEN_KEY),
            browsers,
        ),
        change_password=ChangePassword(works, people.prove_password, hasher, open_session, clock),
        confirm_factor=ConfirmFactor(works, people.second_factor, renew, clock),
        choose_company=ChooseCompany(works, renew, clock),
        guarded=guarded,
        end=EndSessions(works, clock),
        identities=KeepIdentities(works, clock),
        attempts=AttemptSeal(installation.derived_key(ATTEMPT_KEY)),
        provider=_provider_use_cases(installation, works, people, limiter, open_session, browsers, clock),
        clock=clock,
    )


def _provider_use_cases(
    installation: Installation,
    works: SessionWorks,
    people: PeopleUseCases,
    limiter: RateLimiter,
    open_session: OpenSession,
    browsers: Browsers,
    clock: Clock,
) -> ProviderUseCases | None:
    """Wire them, where a provider is set up.

    Raises:
        InvalidInputError: ``settings.invalid``.
    """
    settings = installation.settings(OidcSettings)
    if settings.issuer is None or settings.client_id is None:
        return None
    from drivetrain.accounts.sessions.adapters.oidc import OidcProvider, ProviderTerms  # Authlib, an extra
    from drivetrain.accounts.sessions.adapters.oidc_client import ProviderHttp

    base = installation.settings(PeopleSettings).public_url or installation.address
    terms = ProviderTerms(
        issuer=settings.issuer,
        client_id=settings.client_id,
        redirect_uri=f"{base.rstrip('/')}/{PROVIDER_PAGE}",
        scopes=settings.scopes,
        label=settings.label,
        timeout_s=settings.timeout_s,
        secret=settings.secret,
    )
    provider = OidcProvider(terms, ProviderHttp(settings.timeout_s), clock)
    prove = ProveIdentity(works, provider, limiter, clock)
    return ProviderUseCases(
        label=provider.label,
        begin=BeginAtProvider(provider, people.prove_password, limiter, clock),
        sign_in=SignInAtProvider(
            works,
            prove,
            read_address,
            people.second_factor,
            limiter,
            open_session,
            clock,
            settings.believed_domains,
            settings.sign_up,
            browsers,
        ),
        link=LinkIdentity(works, prove, clock),
    )

"""The card of accounts: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from drivetrain.accounts.audit.domain.scopes import AUDIT_READ
from drivetrain.accounts.companies.domain.scopes import COMPANIES_ADMIN, COMPANIES_READ, COMPANY_SCOPES
from drivetrain.accounts.notifications.adapters.settings import SmtpSettings, WebhookSettings
from drivetrain.accounts.notifications.domain.scopes import NOTIFICATION_SCOPES, NOTIFICATIONS_READ
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL, DELIVER_WEBHOOKS, LOOK_AFTER
from drivetrain.accounts.people.adapters.settings import PeopleSettings
from drivetrain.accounts.sessions.adapters.settings import CookieSettings, OidcSettings, SessionSettings
from drivetrain.core.changes import Audience, Topic
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard
from drivetrain.lifecycle.kit.tasks import Task

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.core.access import KeyStore
    from drivetrain.core.announcements import Announcements
    from drivetrain.core.audit import AuditTrail
    from drivetrain.core.time import Clock
    from drivetrain.lifecycle.kit.branches import Branches
    from drivetrain.lifecycle.kit.tasks import TaskQueue


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.accounts.audit.adapters.head_notes import NOTE_INTERVAL_S, HeadNotes
    from drivetrain.accounts.audit.adapters.http import audit_routes  # FastAPI: only for serving
    from drivetrain.accounts.audit.adapters.trail import PostgresAuditReader
    from drivetrain.accounts.keys.adapters.http import key_routes
    from drivetrain.accounts.notifications.adapters.routes import notifications_routes

    audit = PostgresAuditReader(ports.engine)
    ports.repeat("audit head", HeadNotes(audit, ports.registry).note, NOTE_INTERVAL_S)
    return [
        *_people_routes(ports, installation),
        audit_routes(audit),
        key_routes(ports.keys),
        *notifications_routes(ports, installation),
    ]


def _people_routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.accounts.companies.adapters.http import (
        acceptance_routes,
        company_routes,
        platform_role_routes,
    )
    from drivetrain.accounts.companies.adapters.use_cases import company_use_cases
    from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
    from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
    from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
    from drivetrain.accounts.people.adapters.http import people_routes, profile_routes, sign_up_routes
    from drivetrain.accounts.people.adapters.limiting import NoRateLimiter
    from drivetrain.accounts.people.adapters.use_cases import people_use_cases
    from drivetrain.accounts.sessions.adapters.http import password_routes, session_routes
    from drivetrain.accounts.sessions.adapters.identities import is_linked
    from drivetrain.accounts.sessions.adapters.pages import account_pages
    from drivetrain.accounts.sessions.adapters.provider_http import identity_routes, provider_routes
    from drivetrain.accounts.sessions.adapters.use_cases import session_use_cases, session_works

    hasher, clock = Argon2Hasher(installation.folder / "run"), ports.clock
    limiter = ports.limiter if installation.settings(PeopleSettings).limits else NoRateLimiter()
    outbox = PostgresOutbox(ports.queue, PeopleDirectory(), clock)
    works = session_works(installation, ports.engine, outbox, ports.audit)
    people = people_use_cases(installation, works, hasher, limiter, clock)
    sessions = session_use_cases(
        installation, ports.engine, works, people, hasher, limiter, ports.scopes, clock
    )
    companies = company_use_cases(
        installation, ports.engine, works.letters, ports.audit, hasher, ports.scopes, is_linked
    )
    ports.accept_cookies(sessions.ring)
    ports.watch("sessions", sessions.ring.reload)
    return [
        sign_up_routes(people),
        profile_routes(people),
        password_routes(sessions),
        people_routes(people, ports.scopes),
        provider_routes(sessions),
        session_routes(sessions),
        identity_routes(sessions),
        account_pages(),
        company_routes(companies),
        acceptance_routes(companies),
        platform_role_routes(companies),
    ]


def _audit_trail(installation: Installation) -> AuditTrail:
    from drivetrain.accounts.audit.adapters.trail import CHAIN_KEY, PostgresAuditTrail  # SQL

    return PostgresAuditTrail(lambda: installation.derived_key(CHAIN_KEY), installation.clock)


def _announcements(installation: Installation, queue: TaskQueue) -> Announcements:
    from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory  # SQL
    from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox

    return PostgresOutbox(queue, PeopleDirectory(), installation.clock)


def _branches(engine: Any) -> Branches:
    from drivetrain.accounts.companies.adapters.branches import PostgresBranches  # SQL

    return PostgresBranches(engine)


def _key_store(engine: Any, clock: Clock, audit: AuditTrail) -> KeyStore:
    from drivetrain.accounts.keys.adapters.store import PostgresKeyStore  # SQL

    return PostgresKeyStore(engine, clock, audit)


_TASKS = "drivetrain.accounts.notifications.adapters.tasks"

CARD = ProductCard(
    name="accounts",
    summary="Who works with the platform, what each of them may do, and who did what.",
    routes=_routes,
    scopes=(*COMPANY_SCOPES, AUDIT_READ, *NOTIFICATION_SCOPES),
    tasks=(
        Task(
            name=DELIVER_MAIL,
            summary="Send a mail.",
            run=when_called(f"{_TASKS}:deliver_mail"),
            announces_failure=False,
        ),
        Task(
            name=DELIVER_WEBHOOKS,
            summary="Send the webhooks that wait for a subscription.",
            run=when_called(f"{_TASKS}:deliver_webhooks"),
            announces_failure=False,
        ),
        Task(
            name=LOOK_AFTER,
            summary="Give mails and webhooks that lost their task a new one, and remove old ones.",
            run=when_called(f"{_TASKS}:look_after"),
            cron="*/5 * * * *",
            announces_failure=False,
        ),
        Task(
            name="accounts.sweep",
            summary="Delete accounts that were never confirmed, used-up links, and ended sessions.",
            run=when_called("drivetrain.accounts.sessions.adapters.sweeping:sweep"),
            cron="17 3 * * *",
        ),
    ),
    commands=(
        CommandGroup(
            "people",
            "Accounts of people: create, list, link, deactivate, reactivate, erase.",
            imported("drivetrain.accounts.people.adapters.commands:app"),
        ),
        CommandGroup(
            "companies",
            "Companies: create, list.",
            imported("drivetrain.accounts.companies.adapters.commands:app"),
        ),
        CommandGroup(
            "audit",
            "The audit trail: verify that it is whole, list it.",
            imported("drivetrain.accounts.audit.adapters.commands:app"),
        ),
    ),
    migrations=(
        "drivetrain.accounts.people.adapters.migrations",
        "drivetrain.accounts.companies.adapters.migrations",
        "drivetrain.accounts.sessions.adapters.migrations",
        "drivetrain.accounts.audit.adapters.migrations",
        "drivetrain.accounts.keys.adapters.migrations",
        "drivetrain.accounts.notifications.adapters.migrations",
    ),
    settings=(PeopleSettings, SessionSettings, CookieSettings, OidcSettings, SmtpSettings, WebhookSettings),
    audit_trail=_audit_trail,
    announcements=_announcements,
    branches=_branches,
    key_store=_key_store,
    restore_checks=(
        when_called("drivetrain.accounts.audit.adapters.restored:audit_trail_is_whole"),
        when_called("drivetrain.accounts.people.adapters.restored:people_can_sign_in"),
    ),
    topics=(
        Topic("notifications", NOTIFICATIONS_READ.name, Audience.PERSON),
        Topic("companies", COMPANIES_READ.name, Audience.COMPANY, everywhere=COMPANIES_ADMIN.name),
    ),
    welcome=when_called("drivetrain.accounts.people.adapters.local:welcome_lines"),
)

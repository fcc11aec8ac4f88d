"""One worker on a real database, asked by every kind of caller: strangers, keys of each role, people of each role."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.routing import APIRoute, iter_route_contexts
from psycopg import sql
from sqlalchemy import Connection, Engine, Table, insert
from starlette.types import Message, Receive, Scope, Send

from drivetrain.accounts.companies.adapters.tables import branches, companies, invitations
from drivetrain.accounts.keys.adapters.tables import api_keys
from drivetrain.accounts.notifications.adapters.tables import webhook_subscriptions
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.accounts.people.adapters.tables import one_time_tokens, people, roles_held
from drivetrain.accounts.sessions.adapters.tables import identities, sessions
from drivetrain.accounts.sessions.adapters.use_cases import SESSION_KEY
from drivetrain.accounts.sessions.domain.session import new_secret, secret_digest
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.bootstrap.home import Home
from drivetrain.bootstrap.refreshing import REFRESH_INTERVAL_S
from drivetrain.bootstrap.serving import Worker, build_worker
from drivetrain.core.access import PresentedKey, mint_key, parse_key
from drivetrain.core.ids import new_id
from drivetrain.products import MIGRATIONS, SCOPES
from drivetrain.settings import Settings

HOST = "http://127.0.0.1:8000"
FIRM, OTHER_FIRM, NORTH, SOUTH = (UUID(int=number) for number in range(1, 5))
"""A company with two branches, and another company."""

STRANGERS = ("anonymous", "bad", "expired", "revoked", "ended_session")
KEYS = {"viewer": "viewer", "client": "client", "key_admin": "admin"}
"""Keys of the installation, by their role."""

PEOPLE: Mapping[str, tuple[str, UUID | None, UUID | None]] = {
    "buyer": ("buyer", None, None),
    "dealer": ("dealer", FIRM, NORTH),
    "other_branch": ("dealer", FIRM, SOUTH),
    "company_admin": ("company_admin", FIRM, None),
    "other_company": ("company_admin", OTHER_FIRM, None),
    "moderator": ("moderator", None, None),
    "operator": ("operator", None, None),
    "analyst": ("analyst", None, None),
    "admin": ("admin", None, None),
}
"""People with a session: role, company, branch."""

CALLERS = (*STRANGERS, *KEYS, *PEOPLE)

PASSWORD = "kettle sofa ninety rivers"
PASSWORD_HASH = Argon2Hasher().hash_now(PASSWORD)

MISSING = "0198c0de-0000-7000-8000-000000000000"

_PAST, _FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_numbers = count(1)


@dataclass
class CallerWorker:
    """The worker, and what makes callers and objects for it."""

    worker: Worker
    home: Home
    url: str
    engine: Engine
    portal: BlockingPortal
    keys: dict[str, PresentedKey] = field(default_factory=dict)

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Method and path of every route of the API."""
        contexts = iter_route_contexts(self.worker.app.routes)
        found = [
            (method, str(context.path))
            for context in contexts
            if isinstance(context.original_route, APIRoute)
            for method in context.original_route.methods
        ]
        return sorted(found)

    def ask(
        self, method: str, path: str, body: str | None, callers: Sequence[str] = CALLERS
    ) -> dict[str, httpx.Response]:
        """Ask as several callers, each with objects of its own for the names in angle brackets."""
        return {caller: self.ask_as(caller, method, path, body) for caller in callers}

    def ask_as(self, caller: str, method: str, path: str, body: str | None = None) -> httpx.Response:
        """Ask as one caller."""
        with transaction(self.engine) as connection:
            cast = Cast(connection, self.home)
            headers = self._headers(caller, cast)
            for name in cast.OBJECTS:
                if f"<{name}>" in f"{path}{body}":
                    made = str(cast.make(name, caller))
                    path, body = path.replace(f"<{name}>", made), body and body.replace(f"<{name}>", made)
        return self.portal.call(self._send, method, path, body, headers)

    def refresh(self) -> None:
        """Wait until the worker has looked twice whether something was changed."""
        time.sleep(3 * REFRESH_INTERVAL_S)

    def _headers(self, caller: str, cast: Cast) -> dict[str, str]:
        page = {"Origin": HOST, "X-Drivetrain-Client": "tests/1"}
        if caller == "anonymous":
            return page
        if caller in self.keys:
            return {"X-API-Key": self.keys[caller].text}
        cookie = self.worker.app.state.authenticator._sessions.cookie
        return {**page, "Cookie": f"{cookie}={cast.session(caller)}"}

    async def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.worker.edge, raise_app_exceptions=False)
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        if path.startswith("/events"):
            transport = httpx.ASGITransport(self._until_first_bytes)
        async with httpx.AsyncClient(transport=transport, base_url=HOST, timeout=60) as client:
            return await client.request(method, path, content=body, headers=headers)

    async def _until_first_bytes(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An answer without an end, cut after its head."""
        has_head = asyncio.Event()

        async def send_head(message: Message) -> None:
            if not has_head.is_set():
                await send(message)
                has_head.set()

        answering = asyncio.create_task(self.worker.edge(scope, receive, send_head))
        await has_head.wait()
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Cast:
    """Makes people, their credentials, and the objects that they ask for, in one transaction."""

    connection: Connection
    home: Home
    _own: UUID | None = None

    @property
    def OBJECTS(self) -> Mapping[str, Callable[[str], object]]:
        """What a name in angle brackets stands for."""
        return {
            "missing": lambda _: MISSING,
            "company": lambda _: FIRM,
            "branch": lambda _: NORTH,
            "person": lambda _: self.person(),
            "member": lambda _: self.person("dealer", FIRM, NORTH),
            "invitation": lambda _: self.invitation(),
            "key": self.key,
            "session": self.own_session,
            "identity": self.identity,
            "webhook": lambda _: self.webhook(),
            "email": lambda _: f"guest{next(_numbers)}@example.org",
        }

    def make(self, name: str, caller: str) -> object:
        """Make an object; of the dealer, where it is somebody's."""
        return self.OBJECTS[name](caller)

    def person(
        self, role: str | None = None, company: UUID | None = None, branch: UUID | None = None
    ) -> UUID:
        """Somebody who can sign in."""
        person = UUID(new_id())
        email = f"person{next(_numbers)}@example.org"
        self._add(
            people,
            person_id=person,
            email=email,
            email_key=email,
            name="Somebody",
            language="en",
            time_zone="UTC",
            created_at=_PAST,
            created_by="tests",
            verified_at=_PAST,
            password_hash=PASSWORD_HASH,
            password_set_at=_PAST,
        )
        if role is not None:
            self._add(
                roles_held,
                person_id=person,
                role=role,
                company_id=company,
                branch_id=branch,
                granted_at=_PAST,
                granted_by="tests",
            )
        return person

    def session(self, caller: str) -> str:
        """The cookie of a caller."""
        role, company, branch = PEOPLE.get(caller, PEOPLE["admin"])
        self._own = self.person(role, company, branch)
        secret = new_secret()
        self._session(self._own, secret, company, branch, is_over=caller == "ended_session")
        return secret

    def own_session(self, caller: str) -> UUID:
        """A session of the dealer who asks, or of another dealer."""
        return self._session(self._dealer(caller), new_secret(), FIRM, NORTH)

    def identity(self, caller: str) -> UUID:
        """A link to a provider of the dealer who asks, or of another dealer."""
        identity = UUID(new_id())
        self._add(
            identities,
            identity_id=identity,
            person_id=self._dealer(caller),
            issuer="https://login.example.org",
            subject=str(identity),
            linked_at=_PAST,
            last_used_at=_PAST,
        )
        return identity

    def key(self, caller: str) -> str:
        """A key of the dealer who asks, or of another dealer."""
        key = mint_key("local")
        self._add(
            api_keys,
            key_id=key.key_id,
            name="mine",
            scopes=["predict"],
            digest=key.digest(self.home.pepper()),
            created_at=_PAST,
            created_by="tests",
            person_id=self._dealer(caller),
            company_id=FIRM,
            branch_id=NORTH,
        )
        return key.key_id

    def invitation(self) -> UUID:
        """An open invitation of the company."""
        invitation, guest = UUID(new_id()), self.person()
        self._add(
            one_time_tokens,
            token_id=invitation,
            purpose="invitation",
            person_id=guest,
            created_at=_PAST,
            expires_at=_FUTURE,
        )
        self._add(
            invitations,
            invitation_id=invitation,
            company_id=FIRM,
            branch_id=NORTH,
            person_id=guest,
            role="dealer",
            invited_by="tests",
        )
        return invitation

    def webhook(self) -> UUID:
        """A subscription of the company."""
        subscription = UUID(new_id())
        self._add(
            webhook_subscriptions,
            subscription_id=subscription,
            company_id=FIRM,
            url="https://hooks.example.org/x",
            topics=["company"],
            sealed_secret=b"",
            state="enabled",
            created_at=_PAST,
            created_by="tests",
            last_sequence=0,
            failures=0,
            why="",
        )
        return subscription

    def _dealer(self, caller: str) -> UUID:
        is_own = caller == "dealer" and self._own is not None
        return self._own if is_own and self._own is not None else self.person("dealer", FIRM, NORTH)

    def _session(
        self, person: UUID, secret: str, company: UUID | None, branch: UUID | None, *, is_over: bool = False
    ) -> UUID:
        session, now = UUID(new_id()), datetime.now(UTC)
        self._add(
            sessions,
            session_id=session,
            digest=secret_digest(secret, self.home.derived_key(SESSION_KEY)),
            person_id=person,
            company_id=company,
            branch_id=branch,
            created_at=now,
            last_seen_at=now,
            expires_at=_PAST if is_over else now + timedelta(hours=1),
            method="password",
            has_second_factor=True,
            address="",
            agent="",
        )
        return session

    def _add(self, table: Table, **row: Any) -> None:
        self.connection.execute(insert(table).values(row))


@contextmanager
def open_worker(server: EmbeddedPostgres, folder: Path) -> Iterator[CallerWorker]:
    """A worker on a database of its own, with a company, its branches, and somebody in charge of each."""
    name = f"callers_{next(_numbers)}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlsplit(server.url)._replace(path=f"/{name}").geturl()
    migrate(url, *MIGRATIONS)
    home = Home(folder)
    home.signer()
    engine = open_engine(url, pool_size=2)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DRIVETRAIN_ACCOUNTS_LIMITS", "false")
        worker = build_worker(Settings(home=folder, database_url=url), url, home)  # type: ignore[arg-type]
    keys = _stored_keys(engine, home)
    with start_blocking_portal() as portal:
        lifespan = worker.app.router.lifespan_context(worker.app)
        with portal.wrap_async_context_manager(lifespan):
            yield CallerWorker(worker, home, url, engine, portal, keys)
    engine.dispose()
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _stored_keys(engine: Engine, home: Home) -> dict[str, PresentedKey]:
    """The company and those in charge are stored too, so that nobody who is removed is the last one."""
    made = {name: mint_key("local") for name in (*KEYS, "expired", "revoked")}
    with transaction(engine) as connection:
        cast = Cast(connection, home)
        for company, name in ((FIRM, "Firm"), (OTHER_FIRM, "Other firm")):
            cast._add(companies, company_id=company, name=name, created_at=_PAST, created_by="tests")
            cast.person("company_admin", company)
        for branch, name in ((NORTH, "North"), (SOUTH, "South")):
            cast._add(branches, branch_id=branch, company_id=FIRM, name=name, created_at=_PAST)
        cast.person("admin")
        for name, key in made.items():
            cast._add(
                api_keys,
                key_id=key.key_id,
                name=name,
                scopes=sorted(SCOPES.roles[KEYS.get(name, "admin")]),
                digest=key.digest(home.pepper()),
                created_at=_PAST,
                created_by="tests",
                expires_at=_PAST if name == "expired" else None,
                revoked_at=_PAST if name == "revoked" else None,
            )
    return {**made, "bad": _forged(made["key_admin"])}


def _forged(key: PresentedKey) -> PresentedKey:
    """A well-formed key with the id of another."""
    body = mint_key(key.environment).text.rpartition("_")[0].split("_")
    body[2] = key.key_id
    text = "_".join(body)
    return parse_key(f"{text}_{zlib.crc32(text.encode()):08x}")

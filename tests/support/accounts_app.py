"""The routes of accounts on a real database, reached without a socket, with a clock that stands still."""

from __future__ import annotations

import asyncio
import email
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock, MemoryKeyStore
from tests.support.limits import MemoryRateLimiter

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.accounts.people.adapters.stores import PostgresPeople
from drivetrain.accounts.people.domain.person import Person, RoleHeld
from drivetrain.accounts.product import CARD
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.arrival import BodyPace
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.platform import access_routes
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.ids import new_id
from drivetrain.core.key_issuing import KeyIssuer
from drivetrain.products import SCOPES

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOST = "http://127.0.0.1:8000"
PASSWORD = "kettle sofa ninety rivers"
PASSWORD_HASH = Argon2Hasher().hash_now(PASSWORD)
OWN_PAGE = {"Origin": HOST, "X-Drivetrain-Client": "tests/1"}
"""What a page of ours sends beside the cookie."""

PEPPER = b"p" * 32

G = TypeVar("G")


class TestInstallation:
    """The port ``Installation``, as far as accounts ask it."""

    __test__ = False
    address = HOST

    def __init__(self, folder: Path, clock: FixedClock, values: Mapping[str, Any]) -> None:
        self.folder = folder
        self.clock = clock
        self._values = values

    def settings(self, group: type[G]) -> G:
        known = getattr(group, "model_fields", {})
        return group(**{name: value for name, value in self._values.items() if name in known})

    def derived_key(self, purpose: str) -> bytes:
        return hashlib.sha256(f"tests {purpose}".encode()).digest()


class AccountsApp:
    """One worker with the routes of accounts.

    Args:
        values: settings of any group of accounts, by name.
    """

    def __init__(self, engine: Engine, folder: Path, clock: FixedClock | None = None, **values: Any) -> None:
        self.engine, self.outbox = engine, folder / "outbox"
        self.clock = clock or FixedClock(NOW)
        self.reloads: dict[str, Callable[[], None]] = {}
        keys = MemoryKeyStore(self.clock)
        self.ring = KeyRing(keys.all, SCOPES.names)
        authenticator = Authenticator(
            self.ring, pepper=PEPPER, token_secret=b"s" * 64, token_ttl_s=900, clock=self.clock
        )
        self.admin_key = mint_key("local")
        keys.add(
            KeyRecord(
                self.admin_key.key_id, "admin", SCOPES.names, self.admin_key.digest(PEPPER), NOW, "tests"
            )
        )
        self.ring.reload()
        ports = SimpleNamespace(
            engine=engine,
            clock=self.clock,
            audit=audit_trail(self.clock),
            limiter=MemoryRateLimiter(),
            keys=KeyIssuer(keys, SCOPES, PEPPER, "local", self.clock),
            scopes=SCOPES,
            accept_cookies=authenticator.accept_cookies,
            watch=self.reloads.__setitem__,
            repeat=lambda name, job, interval_s: None,
            registry=CollectorRegistry(),
        )
        self.app = FastAPI(redirect_slashes=False)
        install_problem_answers(self.app)
        self.app.state.authenticator = authenticator
        self.app.state.body_pace = BodyPace(30, 1)
        installation = TestInstallation(folder, self.clock, values)
        assert CARD.routes is not None
        for router in [*CARD.routes(ports, installation), access_routes(authenticator)]:  # type: ignore[arg-type]
            self.app.include_router(router)
        self.edge = Edge(self.app, HttpMetrics(CollectorRegistry()))

    def person(
        self, address: str = "ada@example.org", *, roles: tuple[str, ...] = (), has_password: bool = True
    ) -> UUID:
        """Somebody who can sign in with ``PASSWORD``."""
        now = self.clock.now()
        person = Person(
            UUID(new_id()),
            read_address(address),
            "Ada Lovelace",
            "en",
            "UTC",
            now,
            "tests",
            password_hash=PASSWORD_HASH if has_password else None,
            verified_at=now,
        )
        with transaction(self.engine) as connection:
            people = PostgresPeople(connection)
            assert people.add(person)
            for role in roles:
                people.grant(person.person_id, RoleHeld(role), by="tests", instant=now)
        return person.person_id

    @asynccontextmanager
    async def browser(self, host: str = HOST, address: str = "127.0.0.1") -> Iterator[httpx.AsyncClient]:  # type: ignore[misc]
        """A browser with a page of ours open: it keeps cookies, as over https."""
        transport = httpx.ASGITransport(self.edge, client=(address, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=host, headers=OWN_PAGE) as client:
            yield client

    async def signed_in(
        self, client: httpx.AsyncClient, address: str = "ada@example.org", **more: str
    ) -> httpx.Response:
        """Sign in; the cookies of the answer are sent from then on."""
        answer = await client.post("/sessions", json={"email": address, "password": PASSWORD, **more})
        keep_cookies(client, answer)
        return answer

    def letters(self) -> list[tuple[str, str]]:
        """Recipient and link (or text) of each message so far, oldest first."""
        found = []
        for file in sorted(self.outbox.glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes())
            text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
            found.append((str(message["To"]), text.strip().rpartition("\n")[2]))
        return found


def keep_cookies(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    """What a browser does with the cookies of 127.0.0.1, secure ones included; the library drops those over http."""
    for line in answer.headers.get_list("set-cookie"):
        name, _, rest = line.partition("=")
        value = rest.partition(";")[0]
        for cookie in [cookie for cookie in client.cookies.jar if cookie.name == name]:
            client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
        if value.strip('"') and "Max-Age=0" not in line:
            client.cookies.set(name, value)


def secret_of(link: str) -> str:
    """The part of a link that is presented."""
    return link.partition("#")[2]


async def settled() -> None:
    """What requests have begun in the background is done."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

"""The routes of accounts on a real database, reached without a socket, with a clock that stands still."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
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
from tests.support.notifications import MemoryMailer, MemoryQueue

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.links import TokenLinks
from drivetrain.accounts.notifications.adapters.mail_store import PostgresMails
from drivetrain.accounts.notifications.adapters.templates import worded
from drivetrain.accounts.notifications.adapters.unsubscribing import PageLinks
from drivetrain.accounts.notifications.application.deliver_mail import DeliverMail
from drivetrain.accounts.notifications.application.write_mail import Sender
from drivetrain.accounts.notifications.domain.retries import MAIL
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL
from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.accounts.people.adapters.stores import PostgresPeople
from drivetrain.accounts.people.adapters.use_cases import TOKEN_KEY, link_address
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
from drivetrain.lifecycle.kit.personal_data import PersonalData
from drivetrain.products import SCOPES, personal_data

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
    is_exposed = False

    def __init__(self, folder: Path, clock: FixedClock, values: Mapping[str, Any]) -> None:
        self.folder = folder
        self.clock = clock
        self._values = values

    def settings(self, group: type[G]) -> G:
        known = getattr(group, "model_fields", {})
        return group(**{name: value for name, value in self._values.items() if name in known})

    def derived_key(self, purpose: str) -> bytes:
        return hashlib.sha256(f"tests {purpose}".encode()).digest()

    def personal_data(self) -> Sequence[PersonalData]:
        return personal_data()


class AccountsApp:
    """One worker with the routes of accounts.

    Args:
        values: settings of any group of accounts, by name.
    """

    def __init__(self, engine: Engine, folder: Path, clock: FixedClock | None = None, **values: Any) -> None:
        self.engine, self.folder = engine, folder
        self.clock = clock or FixedClock(NOW)
        self.queue, self.mailer = MemoryQueue(), MemoryMailer()
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
            queue=self.queue,
            ending=threading.Event(),
        )
        self.app = FastAPI(redirect_slashes=False)
        install_problem_answers(self.app)
        self.app.state.authenticator = authenticator
        self.app.state.body_pace = BodyPace(30, 1)
        self.installation = installation = TestInstallation(folder, self.clock, values)
        self.token_key = installation.derived_key(TOKEN_KEY)
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
        """Recipient and link (or subject) of each mail so far, oldest first; those that wait are sent now."""
        links = TokenLinks(link_address(HOST, self.installation.derived_key(TOKEN_KEY)), self.clock)
        mails = PostgresMails(self.engine, self.queue, PeopleDirectory(), links, self.clock)
        sender = Sender("Cars", "no-reply@cars.example")
        deliver = DeliverMail(
            mails, self.mailer, worded, sender, MAIL, self.clock, lambda: 0.0, PageLinks(HOST, b"k")
        )
        for name, arguments, *_ in self.queue.deferred:
            if name == DELIVER_MAIL:
                deliver(UUID(arguments["mail_id"]))
        return [(str(message["To"]), _link_of(message)) for message in self.mailer.messages]


def _link_of(message: EmailMessage) -> str:
    """The link of a mail; its subject where it has none."""
    body = message.get_body(("plain",))
    assert body is not None
    lines = [line for line in body.get_content().splitlines() if line.startswith(HOST)]
    return lines[0] if lines else str(message["Subject"])


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

"""What tests of notifications need: people in the tables, a queue that remembers, and receivers that are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, insert

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.links import TokenLinks
from drivetrain.accounts.notifications.adapters.mail_store import PostgresMails
from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
from drivetrain.accounts.notifications.adapters.sealing import Seal
from drivetrain.accounts.notifications.adapters.tables import webhook_subscriptions
from drivetrain.accounts.notifications.adapters.templates import worded
from drivetrain.accounts.notifications.adapters.unsubscribing import PageLinks
from drivetrain.accounts.notifications.adapters.webhook_store import PostgresWebhooks
from drivetrain.accounts.notifications.application.deliver_mail import DeliverMail
from drivetrain.accounts.notifications.application.deliver_webhooks import DeliverWebhooks
from drivetrain.accounts.notifications.application.ports import Mailer, WebhookSender
from drivetrain.accounts.notifications.application.write_mail import Sender
from drivetrain.accounts.notifications.domain.retries import MAIL, WEBHOOK, Backoff
from drivetrain.accounts.people.adapters.tables import one_time_tokens, people, roles_held
from drivetrain.core.errors import DrivetrainError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock, SystemClock

SECRET = b"s" * 32
UNSUBSCRIBE_KEY = b"u" * 32
SEAL = Seal(b"k" * 32)


@dataclass
class MemoryQueue:
    """The port ``TaskQueue``: remembers what was deferred, also where the transaction is undone."""

    deferred: list[tuple[str, Mapping[str, Any], datetime | None, str | None]] = field(default_factory=list)

    def defer(
        self,
        connection: Any,
        name: str,
        arguments: Mapping[str, Any],
        *,
        key: str | None = None,
        at: datetime | None = None,
        lock: str | None = None,
        actor: str = "platform",
    ) -> str:
        """Remember."""
        self.deferred.append((name, dict(arguments), at, lock))
        return new_id()


def announcements(clock: Clock, queue: MemoryQueue | None = None) -> PostgresOutbox:
    """The real outbox, with a queue that remembers."""
    return PostgresOutbox(queue or MemoryQueue(), PeopleDirectory(), clock)


@dataclass
class MemoryMailer:
    """The port ``Mailer``: keeps what is sent, or raises what a test gives it."""

    messages: list[EmailMessage] = field(default_factory=list)
    error: DrivetrainError | None = None

    def send(self, message: EmailMessage) -> None:
        """Keep it."""
        if self.error is not None:
            raise self.error
        self.messages.append(message)


@dataclass
class Notifying:
    """All of notifications on one database."""

    engine: Engine
    clock: Clock = field(default_factory=SystemClock)
    queue: MemoryQueue = field(default_factory=MemoryQueue)

    @property
    def outbox(self) -> PostgresOutbox:
        """Writes messages."""
        return PostgresOutbox(self.queue, PeopleDirectory(), self.clock)

    @property
    def mails(self) -> PostgresMails:
        """The mails."""
        links = TokenLinks(lambda token: f"https://cars.example/links/{token.text(b'key')}", self.clock)
        return PostgresMails(self.engine, self.queue, PeopleDirectory(), links, self.clock)

    @property
    def webhooks(self) -> PostgresWebhooks:
        """The subscriptions and their messages."""
        return PostgresWebhooks(self.engine, self.outbox, SEAL)

    def deliver_mail(self, mailer: Mailer, backoff: Backoff = MAIL) -> DeliverMail:
        """Sends mails."""
        sender = Sender("Cars", "no-reply@cars.example")
        links = PageLinks("https://cars.example", UNSUBSCRIBE_KEY)
        return DeliverMail(self.mails, mailer, worded, sender, backoff, self.clock, lambda: 0.0, links)

    def deliver_webhooks(self, sender: WebhookSender, backoff: Backoff = WEBHOOK) -> DeliverWebhooks:
        """Sends webhooks."""
        return DeliverWebhooks(self.webhooks, sender, backoff, True, self.clock, lambda: 0.0)

    def write(self, name: str, person: UUID, **arguments: str) -> None:
        """Write a message in a transaction of its own."""
        with self.engine.begin() as connection:
            self.outbox.write(connection, name, person, arguments)


def add_person(
    connection: Connection,
    clock: Clock,
    *,
    email: str = "ann@example.com",
    language: str = "en",
    roles: Sequence[str] = (),
    company: UUID | None = None,
) -> UUID:
    """Somebody with an account; the id."""
    person, now = UUID(new_id()), clock.now()
    row = {
        "person_id": person,
        "email": email,
        "email_key": email.lower(),
        "name": email.partition("@")[0].title(),
        "language": language,
        "time_zone": "Europe/Berlin",
        "created_at": now,
        "created_by": "test",
    }
    connection.execute(insert(people).values(row))
    for role in roles:
        held = {
            "person_id": person,
            "role": role,
            "company_id": company,
            "granted_at": now,
            "granted_by": "test",
        }
        connection.execute(insert(roles_held).values(held))
    return person


def add_token(connection: Connection, clock: Clock, person: UUID, minutes: int = 30) -> UUID:
    """A one-time token; the id."""
    token, now = UUID(new_id()), clock.now()
    row = {
        "token_id": token,
        "purpose": "verify_email",
        "person_id": person,
        "created_at": now,
        "expires_at": now + timedelta(minutes=minutes),
    }
    connection.execute(insert(one_time_tokens).values(row))
    return token


def add_subscription(
    connection: Connection,
    clock: Clock,
    url: str,
    *,
    person: UUID | None = None,
    company: UUID | None = None,
    topics: Sequence[str] = ("models", "account"),
) -> UUID:
    """A subscription whose secret is ``SECRET``; the id."""
    subscription = UUID(new_id())
    row = {
        "subscription_id": subscription,
        "person_id": person,
        "company_id": company,
        "url": url,
        "topics": list(topics),
        "sealed_secret": SEAL.close(SECRET, subscription.bytes),
        "state": "enabled",
        "created_at": clock.now(),
        "created_by": "test",
        "last_sequence": 0,
        "failures": 0,
        "why": "",
    }
    connection.execute(insert(webhook_subscriptions).values(row))
    return subscription

"""Ports of notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from drivetrain.accounts.notifications.domain.messages import Language, Topic
from drivetrain.core.endpoints import Endpoint


class Mailer(Protocol):
    """Hands a message to the mail system. Blocking."""

    def send(self, message: EmailMessage) -> None:
        """Send it.

        Raises:
            UnavailableError: sending it later may help.
            InvalidInputError: it is refused for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wording:
    """A message in words.

    Attributes:
        subject: one line.
        text, html: the two forms of the body, which say the same.
    """

    subject: str
    text: str
    html: str


class Wordings(Protocol):
    """Puts messages into words."""

    def __call__(self, name: str, language: Language, values: Mapping[str, object], /) -> Wording:
        """A message in a language, with the values of its template."""
        ...


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a mail goes.

    Attributes:
        name: as the person writes it; empty where it is not known.
        time_zone: IANA name in which instants are shown.
    """

    address: str
    name: str
    language: Language
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Link:
    """A working link, made when a mail is written and kept nowhere."""

    url: str = field(repr=False)
    until: datetime


class MailLinks(Protocol):
    """Makes the links of mails that lead to pages for everybody."""

    def page(self, name: str) -> str:
        """A page of the web app."""
        ...

    def unsubscribe(self, person: UUID, topic: Topic) -> str:
        """A link by which whoever has it ends the mails of a topic to a person, and can do nothing else."""
        ...


class Directory(Protocol):
    """What notifications ask of people."""

    def recipient(self, connection: Any, person: UUID) -> Recipient | None:
        """Where a person's mail goes; None for one who was erased or deactivated."""
        ...

    def active(self, connection: Any, people: Collection[UUID]) -> Collection[UUID]:
        """Those of some people who have an active account, which nobody erases before the transaction ends."""
        ...

    def name_of(self, connection: Any, subject: str) -> str:
        """How people know who stands in a message: the name of a person; a key, and a person who was erased, as they stand."""
        ...

    def holders(self, connection: Any, role: str, company: UUID | None) -> Sequence[UUID]:
        """The people who hold a role in a company, or on the whole platform, by id; deactivated ones are left out."""
        ...


class Links(Protocol):
    """Makes the links of mails from the rows of one-time tokens."""

    def link(self, connection: Any, token_id: UUID) -> Link | None:
        """The link of a token; None for one that was used, replaced or has expired: such a mail is not sent."""
        ...


class MailState(StrEnum):
    """What became of a mail.

    Dropped is one that nobody needs any more: its person is gone, or its link is no longer good.
    """

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail of the outbox.

    Attributes:
        attempts: those that failed before, >= 0.
    """

    mail_id: UUID
    person: UUID
    kind: str
    arguments: Mapping[str, str]
    attempts: int
    created_at: datetime


class MailInHand(Protocol):
    """A waiting mail that nobody else sends meanwhile."""

    @property
    def mail(self) -> WaitingMail: ...  # noqa: D102

    def recipient(self) -> Recipient | None:
        """To whom it goes; None where nobody is there any more."""
        ...

    def name_of(self, subject: str) -> str:
        """How people know who stands in it, as ``Directory`` says."""
        ...

    def link(self) -> Link | None:
        """Its link; None where it is no longer good."""
        ...

    def end(self, state: MailState, why: str) -> None:
        """Note that no attempt follows."""
        ...

    def postpone(self, at: datetime, why: str) -> None:
        """Note that another attempt follows, and have it made."""
        ...


class MailStore(Protocol):
    """The mails of the outbox."""

    def take(self, mail_id: UUID) -> AbstractContextManager[MailInHand | None]:
        """Hold a waiting mail for as long as the block runs; None where it does not wait, or is held already.

        What is noted stands when the block ends without an error. A process that is killed in the block has noted
        nothing, and the mail waits as before.
        """
        ...

    def due(self, now: datetime, most: int) -> Sequence[UUID]:
        """Mails whose next attempt is due, longest waiting first."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a receiver answered.

    Attributes:
        status: HTTP status; 0 where there was no answer.
        why: empty when the message was accepted, else a sentence for people.
    """

    status: int
    why: str

    @property
    def is_accepted(self) -> bool:
        """True for a status of 200 to 299."""
        return not self.why


class WebhookSender(Protocol):
    """Asks a receiver once. Blocking."""

    def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send a body; never raises for what the receiver or the network does."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingWebhook:
    """The first message of a subscription that was not accepted yet.

    Attributes:
        signing_secrets: the present one first; the former one too while it is still good.
        failures: attempts in a row that failed, >= 0.
        failing_since: instant of the first of them; None where there is none.
    """

    message_id: UUID
    url: str
    body: str
    signing_secrets: Sequence[bytes] = field(repr=False)
    failures: int
    failing_since: datetime | None


class WebhookInHand(Protocol):
    """A subscription to which nobody else sends meanwhile."""

    @property
    def webhook(self) -> WaitingWebhook: ...  # noqa: D102

    def accept(self, at: datetime) -> None:
        """Note that the message was accepted."""
        ...

    def postpone(self, at: datetime, failing_since: datetime, why: str) -> None:
        """Note that another attempt follows, and have it made."""
        ...

    def disable(self, failing_since: datetime, why: str) -> None:
        """Send nothing more, and tell those whose subscription it is."""
        ...


class WebhookStore(Protocol):
    """Subscriptions and their messages."""

    def take(self, subscription: UUID, now: datetime) -> AbstractContextManager[WebhookInHand | None]:
        """Hold a subscription for as long as the block runs.

        None where nothing is due, or somebody else holds it. As with mails, what is noted stands when the block ends.
        """
        ...

    def due(self, now: datetime, most: int) -> Sequence[UUID]:
        """Subscriptions with a message that is due."""
        ...

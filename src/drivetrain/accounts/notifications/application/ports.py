"""Ports of notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Protocol
from uuid import UUID

from drivetrain.accounts.notifications.domain.messages import Language
from drivetrain.accounts.notifications.domain.webhooks import Endpoint


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

    url: str
    until: datetime


class Directory(Protocol):
    """What notifications ask of people."""

    def recipient(self, connection: Any, person_id: UUID) -> Recipient | None:
        """Where a person's mail goes; None for one who was erased or deactivated."""
        ...

    def recipients_with(self, connection: Any, scope: str) -> Sequence[UUID]:
        """The people who hold a scope on the whole platform."""
        ...


class Links(Protocol):
    """Makes the links of mails from the rows of one-time tokens."""

    def link(self, connection: Any, purpose: str, token_id: UUID) -> Link | None:
        """The link of a token; None for one that was used or has expired: such a mail is not sent."""
        ...

"""Sending a mail of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.notifications.application.ports import (
    Link,
    Mailer,
    MailInHand,
    MailLinks,
    MailState,
    MailStore,
    Recipient,
    Wordings,
)
from drivetrain.accounts.notifications.application.write_mail import Sender, shown_instant, write_mail
from drivetrain.accounts.notifications.domain.messages import KINDS, LISTS, MessageKind
from drivetrain.accounts.notifications.domain.retries import Backoff
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.time import Clock, read_instant

_INSTANTS = frozenset({"at", "since"})
"""Arguments that hold an instant, which is shown in the zone of whoever reads it."""

_SUBJECTS = frozenset({"actor"})
"""Arguments that say who has done something, as in the audit trail."""


@dataclass(frozen=True, slots=True)
class DeliverMail:
    """Send one mail: once where nothing goes wrong, and once more where the process was killed in between.

    Attributes:
        jitter: gives numbers in [0, 1).
    """

    mails: MailStore
    mailer: Mailer
    wordings: Wordings
    sender: Sender
    backoff: Backoff
    clock: Clock
    jitter: Callable[[], float]
    links: MailLinks

    def __call__(self, mail_id: UUID) -> MailState | None:
        """What became of it; None where it does not wait, or is being sent already.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        with self.mails.take(mail_id) as in_hand:
            return None if in_hand is None else self._deliver(in_hand)

    def _deliver(self, in_hand: MailInHand) -> MailState:
        mail = in_hand.mail
        kind, recipient = KINDS.get(mail.kind), in_hand.recipient()
        if kind is None:
            return _ended(in_hand, MailState.REFUSED, "This release has no message of this name.")
        if recipient is None:
            return _ended(in_hand, MailState.DROPPED, "The person has no active account.")
        link = in_hand.link() if kind.link else None
        if kind.link and link is None:
            return _ended(in_hand, MailState.DROPPED, "The link was used, was replaced or has expired.")
        try:
            self._send(in_hand, kind, recipient, link)
        except UnavailableError as error:
            return self._postponed(in_hand, error.detail)
        except InvalidInputError as error:
            return _ended(in_hand, MailState.REFUSED, error.detail)
        return _ended(in_hand, MailState.SENT, "")

    def _send(self, in_hand: MailInHand, kind: MessageKind, recipient: Recipient, link: Link | None) -> None:
        mail = in_hand.mail
        page = self.links.page(kind.page) if kind.page else ""
        unsubscribe = "" if kind.is_essential else self.links.unsubscribe(mail.person, kind.topic)
        values = {
            **shown_arguments(mail.arguments, recipient.time_zone, in_hand.name_of),
            "name": recipient.name,
            "sender": self.sender.name,
            "link": page if link is None else link.url,
            "until": "" if link is None else shown_instant(link.until, recipient.time_zone),
            "unsubscribe": unsubscribe,
        }
        wording = self.wordings(kind.name, recipient.language, values)
        self.mailer.send(
            write_mail(
                mail.mail_id,
                mail.created_at,
                self.sender,
                recipient.address,
                subject=wording.subject,
                text=wording.text,
                html=wording.html,
                language=recipient.language.value,
                unsubscribe=unsubscribe,
            )
        )

    def _postponed(self, in_hand: MailInHand, why: str) -> MailState:
        mail, now = in_hand.mail, self.clock.now()
        if self.backoff.is_over(mail.created_at, now):
            return _ended(in_hand, MailState.REFUSED, why)
        in_hand.postpone(now + self.backoff.wait(mail.attempts + 1, self.jitter()), why)
        return MailState.WAITING


def shown_arguments(
    arguments: Mapping[str, str], time_zone: str, name_of: Callable[[str], str]
) -> dict[str, object]:
    """The arguments of a message as people read them; a list of lines where an argument is one.

    Args:
        name_of: how people know who has done something. Names are looked up when a message is read, and stored nowhere.
    """
    shown: dict[str, object] = dict(arguments)
    for name, value in arguments.items():
        if name in _INSTANTS:
            shown[name] = shown_instant(read_instant(value), time_zone)
        elif name in _SUBJECTS:
            shown[name] = name_of(value)
        elif name in LISTS:
            shown[name] = value.splitlines()
    return shown


def _ended(in_hand: MailInHand, state: MailState, why: str) -> MailState:
    in_hand.end(state, why)
    return state

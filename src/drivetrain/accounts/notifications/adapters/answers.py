"""What the routes of notifications answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row
from typing_extensions import TypedDict

from drivetrain.core.time import iso_utc

if TYPE_CHECKING:
    from drivetrain.accounts.notifications.adapters.reading import ShownNotification


class NotificationAnswer(TypedDict):
    """A notification in the language of its reader; ``position`` is its place in the stream."""

    id: str
    position: int
    topic: str
    kind: str
    title: str
    text: str
    data: dict[str, str]
    created_at: str
    read_at: str | None


class NotificationList(TypedDict):
    """Notifications, unread ones first, newest first. ``next`` is the ``cursor`` of the following page."""

    items: list[NotificationAnswer]
    unread: int
    next: str | None


class ReadCount(TypedDict):
    """How many notifications were marked."""

    marked: int


class OptOutAnswer(TypedDict):
    """What is not wanted on a channel."""

    topic: str
    channel: str


class PreferencesAnswer(TypedDict):
    """What a person does not want to be told. Mails that the security of the account needs are sent all the same."""

    unwanted: list[OptOutAnswer]
    topics: list[str]
    channels: list[str]


class WebhookAnswerBody(TypedDict):
    """A subscription without its secret. ``waiting`` counts messages that were not accepted yet."""

    id: str
    owner: str
    url: str
    topics: list[str]
    state: str
    waiting: int
    failures: int
    failing_since: str | None
    next_attempt_at: str | None
    why: str
    former_secret_until: str | None
    created_at: str
    created_by: str


class NewWebhookAnswer(WebhookAnswerBody):
    """A subscription with a new secret, which is shown in this answer only."""

    secret: str


class WebhookList(TypedDict):
    """Subscriptions, newest first."""

    items: list[WebhookAnswerBody]
    next: None


class WebhookMessageAnswer(TypedDict):
    """A message of a subscription; ``delivered_at`` is null while it waits."""

    id: str
    sequence: int
    kind: str
    created_at: str
    attempts: int
    delivered_at: str | None


class WebhookMessageList(TypedDict):
    """Messages, newest first. ``next`` is the ``cursor`` of the following page."""

    items: list[WebhookMessageAnswer]
    next: int | None


class MailAnswer(TypedDict):
    """A mail: to whom, about what, and what became of it; never what it says."""

    id: str
    kind: str
    subject: str
    recipient: str
    state: str
    attempts: int
    created_at: str
    next_attempt_at: str | None
    ended_at: str | None
    why: str


class MailList(TypedDict):
    """Mails, newest first. ``next`` is the ``cursor`` of the following page."""

    items: list[MailAnswer]
    next: str | None


def notification_answer(shown: ShownNotification) -> NotificationAnswer:
    """A notification as it stands in an answer and in the stream."""
    return {
        "id": str(shown.notification_id),
        "position": shown.position,
        "topic": shown.topic,
        "kind": shown.kind,
        "title": shown.title,
        "text": shown.text,
        "data": dict(shown.data),
        "created_at": iso_utc(shown.created_at),
        "read_at": _instant(shown.read_at),
    }


def webhook_answer(row: Row[Any]) -> WebhookAnswerBody:
    """A subscription as it stands in an answer: never its secret."""
    owner = "me" if row.person_id is not None else "company" if row.company_id is not None else "platform"
    return {
        "id": str(row.subscription_id),
        "owner": owner,
        "url": row.url,
        "topics": list(row.topics),
        "state": row.state,
        "waiting": row.waiting,
        "failures": row.failures,
        "failing_since": _instant(row.failing_since),
        "next_attempt_at": _instant(row.next_attempt_at),
        "why": row.why,
        "former_secret_until": _instant(row.former_secret_until),
        "created_at": iso_utc(row.created_at),
        "created_by": row.created_by,
    }


def message_answer(row: Row[Any]) -> WebhookMessageAnswer:
    """A message of a subscription."""
    return {
        "id": str(row.message_id),
        "sequence": row.sequence,
        "kind": row.kind,
        "created_at": iso_utc(row.created_at),
        "attempts": row.attempts,
        "delivered_at": _instant(row.delivered_at),
    }


def mail_answer(row: Row[Any], subject: str) -> MailAnswer:
    """A mail."""
    return {
        "id": str(row.mail_id),
        "kind": row.kind,
        "subject": subject,
        "recipient": row.email,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": iso_utc(row.created_at),
        "next_attempt_at": _instant(row.next_attempt_at),
        "ended_at": _instant(row.ended_at),
        "why": row.why,
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else iso_utc(instant)

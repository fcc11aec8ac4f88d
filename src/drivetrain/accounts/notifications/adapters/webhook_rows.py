"""The rows of webhooks: the next message of a subscription, and the task that sends what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, update

from drivetrain.accounts.notifications.adapters.tables import webhook_messages, webhook_subscriptions
from drivetrain.accounts.notifications.domain.tasks import DELIVER_WEBHOOKS
from drivetrain.accounts.notifications.domain.webhooks import event_body
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.tasks import TaskQueue


def write_webhook(
    connection: Connection, subscription: UUID, kind: str, data: Mapping[str, str], now: datetime
) -> None:
    """Write the next message of a subscription."""
    columns = webhook_subscriptions.c
    sequence = connection.execute(
        update(webhook_subscriptions)
        .where(columns.subscription_id == subscription)
        .values(last_sequence=columns.last_sequence + 1)
        .returning(columns.last_sequence)
    ).scalar_one()
    row = {
        "subscription_id": subscription,
        "sequence": sequence,
        "message_id": UUID(new_id()),
        "kind": kind,
        "body": event_body(kind, sequence, now, data),
        "created_at": now,
        "attempts": 0,
    }
    connection.execute(insert(webhook_messages).values(row))


def defer_webhooks(
    queue: TaskQueue,
    connection: Connection,
    subscription: UUID,
    at: datetime | None = None,
    *,
    in_line: bool = True,
) -> None:
    """Have the messages of a subscription sent.

    Args:
        at: not before this instant; None for as soon as possible.
        in_line: behind the earlier tasks of the subscription, also while one of them waits for its time.
    """
    arguments = {"subscription_id": str(subscription)}
    lock = f"webhooks {subscription}" if in_line else None
    queue.defer(connection, DELIVER_WEBHOOKS, arguments, at=at, lock=lock)

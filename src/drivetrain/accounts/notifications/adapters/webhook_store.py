"""Webhook subscriptions and their messages in PostgreSQL, as those who send them see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, exists, func, or_, select, update

from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
from drivetrain.accounts.notifications.adapters.sealing import Seal
from drivetrain.accounts.notifications.adapters.tables import webhook_messages, webhook_subscriptions
from drivetrain.accounts.notifications.adapters.webhook_rows import defer_webhooks
from drivetrain.accounts.notifications.application.ports import WaitingWebhook
from drivetrain.accounts.notifications.domain.webhooks import SubscriptionState
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.access import PersonRole
from drivetrain.core.time import iso_utc

_LONGEST_WHY = 500
_CLOCKS_DIFFER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class HeldSubscription:
    """The port ``WebhookInHand`` under a lock of the subscription.

    The lock is not that of the row: a transaction that writes a message must not wait for a receiver's answer.
    """

    webhook: WaitingWebhook
    subscription: Row[Any]
    connection: Connection
    outbox: PostgresOutbox

    def accept(self, at: datetime) -> None:
        """Note that the message was accepted."""
        self._attempted(delivered_at=at)
        if self.webhook.failures:
            self._change(failures=0, failing_since=None, next_attempt_at=None, why="")

    def postpone(self, at: datetime, failing_since: datetime, why: str) -> None:
        """Note that another attempt follows."""
        self._attempted()
        self._failed(failing_since, why, next_attempt_at=at)
        defer_webhooks(self.outbox.queue, self.connection, self.subscription.subscription_id, at)

    def disable(self, failing_since: datetime, why: str) -> None:
        """Send nothing more, and tell those whose subscription it is."""
        self._attempted()
        self._failed(failing_since, why, next_attempt_at=None, state=SubscriptionState.DISABLED.value)
        arguments = {
            "host": urlsplit(self.webhook.url).hostname or "",
            "since": iso_utc(failing_since),
            "reason": why[:_LONGEST_WHY],
        }
        person, company = self.subscription.person_id, self.subscription.company_id
        if person is not None:
            self.outbox.write(self.connection, "webhook_disabled", person, arguments)
            return
        role = PersonRole.ADMIN if company is None else PersonRole.COMPANY_ADMIN
        self.outbox.announce(self.connection, "webhook_disabled", [role], arguments, company=company)

    def _failed(self, failing_since: datetime, why: str, **values: object) -> None:
        failures = self.webhook.failures + 1
        self._change(failures=failures, failing_since=failing_since, why=why[:_LONGEST_WHY], **values)

    def _attempted(self, **values: object) -> None:
        columns = webhook_messages.c
        own = update(webhook_messages).where(columns.message_id == self.webhook.message_id)
        self.connection.execute(own.values(attempts=columns.attempts + 1, **values))

    def _change(self, **values: object) -> None:
        columns = webhook_subscriptions.c
        own = update(webhook_subscriptions).where(
            columns.subscription_id == self.subscription.subscription_id
        )
        self.connection.execute(own.values(values))


@dataclass(frozen=True, slots=True)
class PostgresWebhooks:
    """The port ``WebhookStore``."""

    engine: Engine
    outbox: PostgresOutbox
    seal: Seal

    @contextmanager
    def take(self, subscription: UUID, now: datetime) -> Iterator[HeldSubscription | None]:
        """Hold a subscription; the server lets go of it when this process is killed."""
        with transaction(self.engine) as connection:
            lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"webhooks {subscription}", 0))
            row = (
                connection.execute(_due(now, subscription)).one_or_none()
                if connection.scalar(select(lock))
                else None
            )
            if row is None:
                yield None
                return
            columns = webhook_messages.c
            message = connection.execute(
                select(columns.message_id, columns.body)
                .where(columns.subscription_id == subscription, columns.delivered_at.is_(None))
                .order_by(columns.sequence)
                .limit(1)
            ).one()
            webhook = WaitingWebhook(
                message.message_id,
                row.url,
                message.body,
                list(self._secrets(row, now)),
                row.failures,
                row.failing_since,
            )
            yield HeldSubscription(webhook, row, connection, self.outbox)

    def due(self, now: datetime, most: int) -> Sequence[UUID]:
        """Subscriptions with a message that is due."""
        with transaction(self.engine) as connection:
            return [row.subscription_id for row in connection.execute(_due(now).limit(most))]

    def remove_delivered(self, before: datetime) -> int:
        """Remove the messages that were accepted before an instant; how many."""
        with transaction(self.engine) as connection:
            columns = webhook_messages.c
            return connection.execute(delete(webhook_messages).where(columns.delivered_at < before)).rowcount

    def _secrets(self, row: Row[Any], now: datetime) -> Iterator[bytes]:
        owner = row.subscription_id.bytes
        yield self.seal.open(row.sealed_secret, owner)
        if row.former_secret_until is not None and now < row.former_secret_until:
            yield self.seal.open(row.sealed_former_secret, owner)


def _due(now: datetime, subscription: UUID | None = None) -> Any:
    """Enabled subscriptions whose first waiting message is due."""
    columns, messages = webhook_subscriptions.c, webhook_messages.c
    query = select(webhook_subscriptions).where(
        columns.state == SubscriptionState.ENABLED.value,
        or_(columns.next_attempt_at.is_(None), columns.next_attempt_at <= now),
        exists().where(messages.subscription_id == columns.subscription_id, messages.delivered_at.is_(None)),
    )
    if subscription is not None:
        return query.where(columns.subscription_id == subscription)
    return query.order_by(columns.subscription_id)

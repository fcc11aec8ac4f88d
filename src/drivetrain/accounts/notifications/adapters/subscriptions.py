"""Webhook subscriptions as their owners manage them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, or_, select, update

from drivetrain.accounts.notifications.adapters.sealing import Seal
from drivetrain.accounts.notifications.adapters.tables import webhook_messages, webhook_subscriptions
from drivetrain.accounts.notifications.adapters.webhook_rows import defer_webhooks, write_webhook
from drivetrain.accounts.notifications.domain.signatures import new_secret, written_secret
from drivetrain.accounts.notifications.domain.webhooks import SubscriptionState
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.access import Caller
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.kit.tasks import TaskQueue

MOST_PER_OWNER = 20
FORMER_SECRET_LIFE = timedelta(hours=24)
"""How long the former secret signs too, so that a receiver has time to change to the new one."""

TEST_KIND = "test"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose subscription it is: a person's, a company's, or the installation's own (neither)."""

    person: UUID | None = None
    company: UUID | None = None

    def has(self) -> ColumnElement[bool]:
        """The condition on a subscription that it is this owner's."""
        columns = webhook_subscriptions.c
        person = columns.person_id.is_(None) if self.person is None else columns.person_id == self.person
        company = columns.company_id.is_(None) if self.company is None else columns.company_id == self.company
        return person & company


@dataclass(frozen=True, slots=True)
class PostgresSubscriptions:
    """Makes and changes subscriptions; each change is in the audit trail.

    Methods take the owners for whom the caller may act: a subscription of any other is not found.
    """

    engine: Engine
    queue: TaskQueue
    seal: Seal
    audit: AuditTrail
    clock: Clock

    def create(
        self, owner: Owner, caller: Caller, *, url: str, topics: Sequence[str]
    ) -> tuple[Row[Any], str]:
        """Make a subscription; with its secret.

        Raises:
            ConflictError: the owner has as many as may be.
        """
        subscription, secret = UUID(new_id()), new_secret()
        row = {
            "subscription_id": subscription,
            "person_id": owner.person,
            "company_id": owner.company,
            "url": url,
            "topics": sorted(set(topics)),
            "sealed_secret": self.seal.close(secret, subscription.bytes),
            "state": SubscriptionState.ENABLED.value,
            "created_at": self.clock.now(),
            "created_by": caller.subject,
            "last_sequence": 0,
            "failures": 0,
            "why": "",
        }
        with transaction(self.engine) as connection:
            # owners are counted one after the other, or two at once would both find room
            connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhooks of {owner}", 0)))
            )
            count = select(func.count()).select_from(webhook_subscriptions).where(owner.has())
            if (connection.scalar(count) or 0) >= MOST_PER_OWNER:
                raise ConflictError(
                    f"There are {MOST_PER_OWNER} subscriptions already; remove one first.",
                    code="notifications.too_many_webhooks",
                )
            connection.execute(insert(webhook_subscriptions).values(row))
            stored = self._one(connection, [owner], subscription)
            self._record(connection, caller, "webhooks.create", stored, url=url)
        return stored, written_secret(secret)

    def all(self, owners: Sequence[Owner]) -> Sequence[Row[Any]]:
        """Subscriptions, newest first."""
        columns = webhook_subscriptions.c
        with transaction(self.engine) as connection:
            query = _with_waiting(owners).order_by(columns.subscription_id.desc())
            return connection.execute(query).all()

    def get(self, owners: Sequence[Owner], subscription: UUID) -> Row[Any]:
        """One subscription.

        Raises:
            NotFoundError: there is none of this id for these owners.
        """
        with transaction(self.engine) as connection:
            return self._one(connection, owners, subscription)

    def change(
        self, owners: Sequence[Owner], subscription: UUID, caller: Caller, changes: Mapping[str, object]
    ) -> Row[Any]:
        """Change address, topics or state; enabled again, it begins with what waits.

        Args:
            changes: by column; nothing is written where there are none.

        Raises:
            NotFoundError: there is none of this id for these owners.
        """
        with self._locked(owners, subscription) as connection:
            if not changes:
                return self._one(connection, owners, subscription)
            values: dict[str, object] = dict(changes)
            if {"state", "url"} & values.keys():
                values |= {"failures": 0, "failing_since": None, "next_attempt_at": None, "why": ""}
            self._update(connection, subscription, values)
            stored = self._one(connection, owners, subscription)
            if stored.state == SubscriptionState.ENABLED.value and stored.waiting:
                defer_webhooks(self.queue, connection, subscription, in_line=False)
            self._record(connection, caller, "webhooks.change", stored, **dict(changes))
        return stored

    def replace_secret(
        self, owners: Sequence[Owner], subscription: UUID, caller: Caller
    ) -> tuple[Row[Any], str]:
        """Give a subscription a new secret; the former one signs too for a day.

        Raises:
            NotFoundError: there is none of this id for these owners.
        """
        secret = new_secret()
        with self._locked(owners, subscription) as connection:
            values = {
                "sealed_former_secret": webhook_subscriptions.c.sealed_secret,
                "former_secret_until": self.clock.now() + FORMER_SECRET_LIFE,
                "sealed_secret": self.seal.close(secret, subscription.bytes),
            }
            self._update(connection, subscription, values)
            stored = self._one(connection, owners, subscription)
            self._record(connection, caller, "webhooks.replace_secret", stored)
        return stored, written_secret(secret)

    def remove(self, owners: Sequence[Owner], subscription: UUID, caller: Caller) -> None:
        """Remove a subscription with all that waits for it.

        Raises:
            NotFoundError: there is none of this id for these owners.
        """
        with self._locked(owners, subscription) as connection:
            stored = self._one(connection, owners, subscription)
            columns = webhook_subscriptions.c
            connection.execute(delete(webhook_subscriptions).where(columns.subscription_id == subscription))
            self._record(connection, caller, "webhooks.remove", stored)

    def send_test(self, owners: Sequence[Owner], subscription: UUID) -> Row[Any]:
        """Write a message of kind ``test``, which takes its place in the sequence.

        Raises:
            NotFoundError: there is none of this id for these owners.
            ConflictError: it is disabled.
        """
        now = self.clock.now()
        with self._locked(owners, subscription) as connection:
            if self._one(connection, owners, subscription).state != SubscriptionState.ENABLED.value:
                raise ConflictError("The subscription is disabled.", code="notifications.webhook_disabled")
            write_webhook(connection, subscription, TEST_KIND, {"at": iso_utc(now)}, now)
            defer_webhooks(self.queue, connection, subscription)
            return self._one(connection, owners, subscription)

    def messages(
        self, owners: Sequence[Owner], subscription: UUID, before: int | None, most: int
    ) -> Sequence[Row[Any]]:
        """Messages of a subscription, newest first.

        Raises:
            NotFoundError: there is none of this id for these owners.
        """
        columns = webhook_messages.c
        query = select(webhook_messages).where(columns.subscription_id == subscription)
        if before is not None:
            query = query.where(columns.sequence < before)
        with transaction(self.engine) as connection:
            self._one(connection, owners, subscription)
            return connection.execute(query.order_by(columns.sequence.desc()).limit(most)).all()

    @contextmanager
    def _locked(self, owners: Sequence[Owner], subscription: UUID) -> Iterator[Connection]:
        columns = webhook_subscriptions.c
        own = select(columns.subscription_id).where(columns.subscription_id == subscription, _of(owners))
        with transaction(self.engine) as connection:
            if connection.execute(own.with_for_update()).one_or_none() is None:
                raise _not_found(subscription)
            yield connection

    def _one(self, connection: Connection, owners: Sequence[Owner], subscription: UUID) -> Row[Any]:
        query = _with_waiting(owners).where(webhook_subscriptions.c.subscription_id == subscription)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise _not_found(subscription)
        return row

    def _update(self, connection: Connection, subscription: UUID, values: Mapping[str, object]) -> None:
        own = update(webhook_subscriptions).where(webhook_subscriptions.c.subscription_id == subscription)
        connection.execute(own.values(values))

    def _record(
        self, connection: Connection, caller: Caller, action: str, row: Row[Any], **detail: Any
    ) -> None:
        entry = AuditEntry(
            caller.subject, action, f"webhook {row.subscription_id}", company=row.company_id, detail=detail
        )
        self.audit.record(connection, entry)


def _of(owners: Sequence[Owner]) -> ColumnElement[bool]:
    return or_(*(owner.has() for owner in owners))


def _with_waiting(owners: Sequence[Owner]) -> Any:
    columns, messages = webhook_subscriptions.c, webhook_messages.c
    waiting = (
        select(func.count())
        .select_from(webhook_messages)
        .where(messages.subscription_id == columns.subscription_id, messages.delivered_at.is_(None))
        .scalar_subquery()
    )
    return select(webhook_subscriptions, waiting.label("waiting")).where(_of(owners))


def _not_found(subscription: UUID) -> NotFoundError:
    return NotFoundError(
        f"There is no webhook {str(subscription)!r}.", code="notifications.webhook_not_found"
    )

"""The outbox: messages written in the transaction that causes them, so that neither is there without the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from drivetrain.accounts.notifications.adapters.letters import LetterWriter
from drivetrain.accounts.notifications.adapters.tables import (
    mails,
    notification_opt_outs,
    notification_positions,
    notifications,
    webhook_subscriptions,
)
from drivetrain.accounts.notifications.adapters.webhook_rows import defer_webhooks, write_webhook
from drivetrain.accounts.notifications.application.ports import Directory, MailState
from drivetrain.accounts.notifications.domain.messages import Channel, MessageKind, kind_of
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL
from drivetrain.accounts.notifications.domain.webhooks import SubscriptionState
from drivetrain.core.announcements import Letter
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.tasks import TaskQueue


@dataclass(frozen=True, slots=True)
class PostgresOutbox:
    """Writes messages to people and to those who subscribed.

    Every method works in the caller's transaction, and what it writes is delivered after that commits.
    """

    queue: TaskQueue
    directory: Directory
    clock: Clock

    def write(self, connection: Connection, message: str, person: UUID, arguments: Mapping[str, str]) -> None:
        """Write a message to one person, on the channels that they want it.

        Args:
            message: its name.
            arguments: of the message, as its kind names them; never a secret.

        Raises:
            InvalidInputError: there is no such message, or its arguments are others.
        """
        kind = kind_of(message)
        kind.check(arguments)
        channels = self._channels(connection, kind, person)
        if Channel.MAIL in channels:
            self._write_mail(connection, kind, person, arguments)
        if Channel.APP in channels:
            self._notify(connection, kind, person, arguments)
        if Channel.APP in kind.channels:
            self._write_webhooks(connection, kind, arguments, webhook_subscriptions.c.person_id == person)

    def announce(
        self,
        connection: Connection,
        message: str,
        roles: Sequence[str],
        arguments: Mapping[str, str],
        *,
        company: UUID | None = None,
        people: Sequence[UUID] = (),
    ) -> None:
        """Write a message to all who hold one of some roles in a company, or on the whole platform.

        The webhooks of the company, or of the installation, get it too.

        Raises:
            InvalidInputError: there is no such message, or its arguments are others.
        """
        kind = kind_of(message)
        fitted = kind.fitted(arguments)
        kind.check(fitted)
        # in the order of their ids, so that two transactions cannot wait for each other
        for person in sorted(self._recipients(connection, roles, company, people)):
            self.write(connection, message, person, fitted)
        columns = webhook_subscriptions.c
        owned = columns.company_id.is_(None) if company is None else columns.company_id == company
        self._write_webhooks(connection, kind, fitted, columns.person_id.is_(None) & owned)

    def tell(self, connection: Connection, message: str, letters: Sequence[Letter]) -> None:
        """Write a message to each of some people, on the channels that they want it.

        Raises:
            InvalidInputError: there is no such message, or its arguments are others.
        """
        LetterWriter(connection, kind_of(message), self.queue, self.directory, self.clock).write(letters)

    def _recipients(
        self, connection: Connection, roles: Sequence[str], company: UUID | None, people: Sequence[UUID]
    ) -> set[UUID]:
        holders = {person for role in roles for person in self.directory.holders(connection, role, company)}
        return holders | {
            person for person in people if self.directory.recipient(connection, person) is not None
        }

    def _channels(self, connection: Connection, kind: MessageKind, person: UUID) -> frozenset[Channel]:
        columns = notification_opt_outs.c
        query = select(columns.channel).where(columns.person_id == person, columns.topic == kind.topic.value)
        unwanted = {Channel(name) for name in connection.scalars(query)}
        return kind.channels - (unwanted - {Channel.MAIL} if kind.is_essential else unwanted)

    def _write_mail(
        self, connection: Connection, kind: MessageKind, person: UUID, arguments: Mapping[str, str]
    ) -> None:
        mail_id, now = new_id(), self.clock.now()
        row = {
            "mail_id": UUID(mail_id),
            "person_id": person,
            "kind": kind.name,
            "arguments": dict(arguments),
            "state": MailState.WAITING.value,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
            "why": "",
        }
        connection.execute(insert(mails).values(row))
        self.queue.defer(connection, DELIVER_MAIL, {"mail_id": mail_id})

    def _notify(
        self, connection: Connection, kind: MessageKind, person: UUID, arguments: Mapping[str, str]
    ) -> None:
        columns = notification_positions.c
        first = upsert(notification_positions).values(person_id=person, last_position=1)
        position = connection.execute(
            first.on_conflict_do_update(
                index_elements=[columns.person_id], set_={"last_position": columns.last_position + 1}
            ).returning(columns.last_position)
        ).scalar_one()
        row = {
            "person_id": person,
            "position": position,
            "notification_id": UUID(new_id()),
            "topic": kind.topic.value,
            "kind": kind.name,
            "arguments": dict(arguments),
            "created_at": self.clock.now(),
        }
        connection.execute(insert(notifications).values(row))

    def _write_webhooks(
        self,
        connection: Connection,
        kind: MessageKind,
        arguments: Mapping[str, str],
        owned: ColumnElement[bool],
    ) -> None:
        """Write a message to every enabled subscription of an owner that wants the topic.

        The rows of the subscriptions stay locked until the transaction ends, so that sequences have neither gaps
        nor numbers that appear out of turn; always in the order of their ids, so that two transactions cannot
        wait for each other.
        """
        columns = webhook_subscriptions.c
        wanting = (
            select(columns.subscription_id)
            .where(
                owned,
                columns.state == SubscriptionState.ENABLED.value,
                columns.topics.contains([kind.topic.value]),
            )
            .order_by(columns.subscription_id)
            .with_for_update()
        )
        now = self.clock.now()
        for subscription in connection.scalars(wanting).all():
            write_webhook(connection, subscription, kind.name, arguments, now)
            defer_webhooks(self.queue, connection, subscription)

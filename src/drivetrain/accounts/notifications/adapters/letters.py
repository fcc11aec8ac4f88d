"""One message to many people: a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from drivetrain.accounts.notifications.adapters.tables import (
    mails,
    notification_opt_outs,
    notification_positions,
    notifications,
    webhook_subscriptions,
)
from drivetrain.accounts.notifications.adapters.webhook_rows import defer_webhooks, write_webhook
from drivetrain.accounts.notifications.application.ports import Directory, MailState
from drivetrain.accounts.notifications.domain.messages import Channel, MessageKind
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL, MAILS_AT_A_TIME
from drivetrain.accounts.notifications.domain.webhooks import SubscriptionState
from drivetrain.core.announcements import Letter
from drivetrain.core.ids import new_ids
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.tasks import TaskQueue


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """Writes one kind of message to people, in their order, so that two transactions cannot wait for each other."""

    connection: Connection
    kind: MessageKind
    queue: TaskQueue
    directory: Directory
    clock: Clock

    def write(self, letters: Sequence[Letter]) -> None:
        """Write letters, at most one for each person."""
        fitted = {each.person: self.kind.fitted(each.arguments) for each in letters}
        for arguments in fitted.values():
            self.kind.check(arguments)
        active = self.directory.active(self.connection, fitted) if fitted else ()
        to = [Letter(person, fitted[person]) for person in sorted(active)]
        unwanted = self._unwanted([each.person for each in to])
        by_channel = {
            channel: [each for each in to if self._wants(channel, unwanted[each.person])]
            for channel in self.kind.channels
        }
        self._mail(by_channel.get(Channel.MAIL, []))
        self._notify(by_channel.get(Channel.APP, []))
        self._call(to)

    def _wants(self, channel: Channel, unwanted: set[str]) -> bool:
        return channel not in unwanted or (channel is Channel.MAIL and self.kind.is_essential)

    def _unwanted(self, people: Sequence[UUID]) -> dict[UUID, set[str]]:
        columns = notification_opt_outs.c
        query = select(columns.person_id, columns.channel).where(
            columns.person_id.in_(people), columns.topic == self.kind.topic.value
        )
        unwanted: dict[UUID, set[str]] = defaultdict(set)
        for person, channel in self.connection.execute(query):
            unwanted[person].add(channel)
        return unwanted

    def _mail(self, letters: Sequence[Letter]) -> None:
        """Write mails, and a task for as many of them as one sends."""
        if not letters:
            return
        now, ids = self.clock.now(), new_ids(len(letters))
        rows = [
            {
                "mail_id": UUID(mail_id),
                "person_id": letter.person,
                "kind": self.kind.name,
                "arguments": dict(letter.arguments),
                "state": MailState.WAITING.value,
                "attempts": 0,
                "created_at": now,
                "next_attempt_at": now,
                "why": "",
            }
            for mail_id, letter in zip(ids, letters, strict=True)
        ]
        self.connection.execute(insert(mails), rows)
        for mail_id in ids[::MAILS_AT_A_TIME]:
            self.queue.defer(self.connection, DELIVER_MAIL, {"mail_id": mail_id})

    def _notify(self, letters: Sequence[Letter]) -> None:
        if not letters:
            return
        columns, now = notification_positions.c, self.clock.now()
        first = upsert(notification_positions).values(
            [{"person_id": each.person, "last_position": 1} for each in letters]
        )
        positions = dict(
            self.connection.execute(
                first.on_conflict_do_update(
                    index_elements=[columns.person_id], set_={"last_position": columns.last_position + 1}
                ).returning(columns.person_id, columns.last_position)
            )
            .tuples()
            .all()
        )
        rows = [
            {
                "person_id": letter.person,
                "position": positions[letter.person],
                "notification_id": UUID(notification_id),
                "topic": self.kind.topic.value,
                "kind": self.kind.name,
                "arguments": dict(letter.arguments),
                "created_at": now,
            }
            for notification_id, letter in zip(new_ids(len(letters)), letters, strict=True)
        ]
        self.connection.execute(insert(notifications), rows)

    def _call(self, letters: Sequence[Letter]) -> None:
        """Write webhooks, in the order of the subscriptions' ids, as every writer of them does."""
        arguments = {each.person: each.arguments for each in letters}
        columns, now = webhook_subscriptions.c, self.clock.now()
        wanting = (
            select(columns.subscription_id, columns.person_id)
            .where(
                columns.person_id.in_(list(arguments)),
                columns.state == SubscriptionState.ENABLED.value,
                columns.topics.contains([self.kind.topic.value]),
            )
            .order_by(columns.subscription_id)
            .with_for_update()
        )
        for subscription, person in self.connection.execute(wanting).all():
            write_webhook(self.connection, subscription, self.kind.name, arguments[person], now)
            defer_webhooks(self.queue, self.connection, subscription)

"""Notifications of one person as the application shows them, and what the person does not want to be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.tables import (
    notification_opt_outs,
    notifications,
)
from drivetrain.accounts.notifications.adapters.templates import summarized
from drivetrain.accounts.notifications.application.deliver_mail import shown_arguments
from drivetrain.accounts.notifications.domain.messages import Channel, Language, Topic, language_of
from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class ShownNotification:
    """A notification in the words of its person.

    Attributes:
        position: 1-based place among the person's, in the order in which they appeared.
        data: arguments of the message, such as the id of what it is about.
    """

    notification_id: UUID
    position: int
    topic: str
    kind: str
    title: str
    text: str
    data: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: unread notifications come first, newest first, then those that were read."""

    is_read: bool
    position: int


@dataclass(frozen=True, slots=True)
class PostgresNotifications:
    """Reads and marks notifications. Every method raises UnavailableError without the database."""

    engine: Engine
    clock: Clock

    def page(self, person: UUID, after: Place | None, most: int) -> Sequence[ShownNotification]:
        """Notifications of a person, unread ones first, newest first.

        Args:
            after: the end of the page before; None for the first page.
        """
        columns = notifications.c
        is_read = columns.read_at.is_not(None)
        query = select(notifications).where(columns.person_id == person)
        if after is not None:
            rest = and_(is_read == after.is_read, columns.position < after.position)
            query = query.where(rest if after.is_read else or_(rest, is_read))
        return self._shown(person, query.order_by(is_read, columns.position.desc()).limit(most))

    def unread(self, person: UUID) -> int:
        """How many a person has not read."""
        query = select(func.count()).select_from(notifications).where(*_unread(person))
        with transaction(self.engine) as connection:
            return connection.scalar(query) or 0

    def mark_read(self, person: UUID, notification: UUID) -> None:
        """Mark one as read; a second time changes nothing.

        Raises:
            NotFoundError: the person has none of this id.
        """
        columns = notifications.c
        own = update(notifications).where(
            columns.notification_id == notification, columns.person_id == person
        )
        first = func.coalesce(columns.read_at, self.clock.now())
        with transaction(self.engine) as connection:
            if connection.execute(own.values(read_at=first)).rowcount == 0:
                raise NotFoundError(
                    f"There is no notification {str(notification)!r}.", code="notifications.not_found"
                )

    def mark_all_read(self, person: UUID, up_to: int) -> int:
        """Mark all up to a position as read; how many were not.

        Args:
            up_to: of the last one that the person has seen, so that one that appears meanwhile stays unread.
        """
        own = update(notifications).where(*_unread(person), notifications.c.position <= up_to)
        with transaction(self.engine) as connection:
            return connection.execute(own.values(read_at=self.clock.now())).rowcount

    def unwanted(self, person: UUID) -> Sequence[tuple[Topic, Channel]]:
        """What a person does not want, by topic and channel."""
        columns = notification_opt_outs.c
        query = select(columns.topic, columns.channel).where(columns.person_id == person)
        with transaction(self.engine) as connection:
            rows = connection.execute(query.order_by(columns.topic, columns.channel)).all()
        return [(Topic(row.topic), Channel(row.channel)) for row in rows]

    def set_unwanted(self, person: UUID, unwanted: Collection[tuple[Topic, Channel]]) -> None:
        """Replace what a person does not want."""
        rows = [
            {"person_id": person, "topic": topic.value, "channel": channel.value}
            for topic, channel in sorted(set(unwanted))
        ]
        with transaction(self.engine) as connection:
            # one at a time: two that replace at once would leave the rows of both
            connection.execute(
                select(people.c.person_id).where(people.c.person_id == person).with_for_update()
            )
            connection.execute(
                delete(notification_opt_outs).where(notification_opt_outs.c.person_id == person)
            )
            if rows:
                connection.execute(insert(notification_opt_outs), rows)

    def opt_out(self, person: UUID, topic: Topic, channel: Channel) -> Language | None:
        """Add to what a person does not want; the language of the person, None for one who has no account any more."""
        row = {"person_id": person, "topic": topic.value, "channel": channel.value}
        with transaction(self.engine) as connection:
            if not PeopleDirectory().active(connection, [person]):
                return None
            connection.execute(upsert(notification_opt_outs).values(row).on_conflict_do_nothing())
            return _reader(connection, person)[0]

    def language(self, person: UUID) -> Language:
        """In which a person reads; English for one who has no account any more."""
        with transaction(self.engine) as connection:
            return _reader(connection, person)[0]

    def remove_read(self, before: datetime) -> int:
        """Remove notifications that were read before an instant; how many."""
        with transaction(self.engine) as connection:
            return connection.execute(delete(notifications).where(notifications.c.read_at < before)).rowcount

    def _shown(self, person: UUID, query: Any) -> Sequence[ShownNotification]:
        with transaction(self.engine) as connection:
            language, time_zone = _reader(connection, person)
            name_of = partial(PeopleDirectory().name_of, connection)
            rows = connection.execute(query).all()
            return [_in_words(row, language, time_zone, name_of) for row in rows]


def _unread(person: UUID) -> tuple[Any, Any]:
    return notifications.c.person_id == person, notifications.c.read_at.is_(None)


def _reader(connection: Connection, person: UUID) -> tuple[Language, str]:
    columns = people.c
    query = select(columns.language, columns.time_zone).where(columns.person_id == person)
    row = connection.execute(query).one_or_none()
    return (Language.ENGLISH, "UTC") if row is None else (language_of(row.language), row.time_zone)


def _in_words(
    row: Row[Any], language: Language, time_zone: str, name_of: Callable[[str], str]
) -> ShownNotification:
    title, text = summarized(row.kind, language, shown_arguments(row.arguments, time_zone, name_of))
    return ShownNotification(
        row.notification_id,
        row.position,
        row.topic,
        row.kind,
        title,
        text,
        row.arguments,
        row.created_at,
        row.read_at,
    )

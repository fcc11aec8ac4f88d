"""The mails of the outbox in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select, update

from drivetrain.accounts.notifications.adapters.tables import mails
from drivetrain.accounts.notifications.application.ports import (
    Directory,
    Link,
    Links,
    MailState,
    Recipient,
    WaitingMail,
)
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL
from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.tasks import TaskQueue

_LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class LockedMail:
    """The port ``MailInHand`` on a locked row."""

    mail: WaitingMail
    connection: Connection
    stores: PostgresMails

    def recipient(self) -> Recipient | None:
        """To whom it goes."""
        return self.stores.directory.recipient(self.connection, self.mail.person)

    def name_of(self, subject: str) -> str:
        """How people know who stands in it."""
        return self.stores.directory.name_of(self.connection, subject)

    def link(self) -> Link | None:
        """Its link."""
        token_id = UUID(self.mail.arguments["token_id"])
        return self.stores.links.link(self.connection, token_id)

    def end(self, state: MailState, why: str) -> None:
        """Note that no attempt follows."""
        now = self.stores.clock.now()
        self._change(state=state.value, next_attempt_at=None, ended_at=now, why=why[:_LONGEST_WHY])

    def postpone(self, at: datetime, why: str) -> None:
        """Note that another attempt follows."""
        self._change(next_attempt_at=at, why=why[:_LONGEST_WHY])
        self.stores.queue.defer(self.connection, DELIVER_MAIL, {"mail_id": str(self.mail.mail_id)}, at=at)

    def _change(self, **values: object) -> None:
        own = update(mails).where(mails.c.mail_id == self.mail.mail_id)
        self.connection.execute(own.values(attempts=mails.c.attempts + 1, **values))


@dataclass(frozen=True, slots=True)
class PostgresMails:
    """The port ``MailStore``."""

    engine: Engine
    queue: TaskQueue
    directory: Directory
    links: Links
    clock: Clock

    @contextmanager
    def take(self, mail_id: UUID) -> Iterator[LockedMail | None]:
        """Lock the row for as long as the block runs; the server unlocks it when this process is killed."""
        waiting = select(mails).where(mails.c.mail_id == mail_id, mails.c.state == MailState.WAITING.value)
        with transaction(self.engine) as connection:
            row = connection.execute(waiting.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                yield None
                return
            mail = WaitingMail(
                row.mail_id, row.person_id, row.kind, row.arguments, row.attempts, row.created_at
            )
            yield LockedMail(mail, connection, self)

    def due(self, now: datetime, most: int) -> Sequence[UUID]:
        """Mails whose next attempt is due, longest waiting first."""
        columns = mails.c
        query = (
            select(columns.mail_id)
            .where(columns.state == MailState.WAITING.value, columns.next_attempt_at <= now)
            .order_by(columns.next_attempt_at)
            .limit(most)
        )
        with transaction(self.engine) as connection:
            return connection.scalars(query).all()

    @contextmanager
    def sole_sender(self) -> Iterator[bool]:
        """Whether nobody else sends mails for as long as the block runs, in any process of the installation.

        So one mail at most is in the hands of the mail server, and not noted as sent, when a process is killed. The
        server of the database takes the lock back from a process that is gone.
        """
        with (
            self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            translating(),
        ):
            lock = func.hashtextextended("mails", 0)
            is_sole = bool(connection.scalar(select(func.pg_try_advisory_lock(lock))))
            try:
                yield is_sole
            finally:
                if is_sole:
                    connection.execute(select(func.pg_advisory_unlock(lock)))

    def come_again(self, mail_id: UUID, at: datetime) -> None:
        """Have another attempt made at a mail, if it still waits."""
        columns = mails.c
        waiting = select(columns.mail_id).where(
            columns.mail_id == mail_id, columns.state == MailState.WAITING.value
        )
        with transaction(self.engine) as connection:
            if connection.execute(waiting).one_or_none() is not None:
                self.queue.defer(connection, DELIVER_MAIL, {"mail_id": str(mail_id)}, at=at)

    def remove_ended(self, before: datetime) -> int:
        """Remove the mails that ended before an instant; how many."""
        with transaction(self.engine) as connection:
            return connection.execute(delete(mails).where(mails.c.ended_at < before)).rowcount

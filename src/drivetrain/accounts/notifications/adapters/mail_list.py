"""The mails of the outbox as administrators see them: recipient, subject and state, never what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, select

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.tables import mails
from drivetrain.accounts.notifications.adapters.templates import subject_of
from drivetrain.accounts.notifications.application.deliver_mail import shown_arguments
from drivetrain.accounts.notifications.application.ports import MailState
from drivetrain.accounts.notifications.domain.messages import KINDS, language_of
from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.database import transaction


@dataclass(frozen=True, slots=True)
class MailList:
    """Reads the mails.

    Attributes:
        sender: name of the installation in mails.
    """

    engine: Engine
    sender: str

    def newest(
        self, state: MailState | None, before: UUID | None, most: int
    ) -> Sequence[tuple[Row[Any], str]]:
        """Mails, each with its recipient's address and its subject, newest first.

        Args:
            before: the last one of the page before; ids sort by time.
        """
        columns = mails.c
        query = select(mails, people.c.email, people.c.language, people.c.time_zone).join(people)
        if state is not None:
            query = query.where(columns.state == state.value)
        if before is not None:
            query = query.where(columns.mail_id < before)
        with transaction(self.engine) as connection:
            rows = connection.execute(query.order_by(columns.mail_id.desc()).limit(most)).all()
            name_of = partial(PeopleDirectory().name_of, connection)
            return [(row, self._subject(row, name_of)) for row in rows]

    def _subject(self, row: Row[Any], name_of: Callable[[str], str]) -> str:
        """In the language of the recipient; empty for a message of another release."""
        if row.kind not in KINDS:
            return ""
        values = {**shown_arguments(row.arguments, row.time_zone, name_of), "sender": self.sender}
        return subject_of(row.kind, language_of(row.language), values)

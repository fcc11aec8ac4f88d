"""What conversations hold about a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select

from drivetrain.adapters.postgres.personal_rows import PersonalRows
from drivetrain.core.access import subject_of
from drivetrain.market.conversations.adapters.tables import (
    conversation_blocks,
    conversation_messages,
    conversation_reports,
    conversations,
)


class ConversationsOfPeople:
    """The port ``PersonalData``.

    A person's own conversations go with them, with all that both sides wrote. What they wrote for a dealer belongs to
    the dealer's conversations, and stays under an id that leads nowhere any more.
    """

    def __init__(self) -> None:
        columns = (conversation_reports.c.reporter, conversation_blocks.c.person_id, conversations.c.buyer_id)
        self._rows = PersonalRows(columns)

    def exported(self, connection: Connection, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Their conversations with all messages, and what they wrote elsewhere."""
        own = select(conversations.c.conversation_id).where(conversations.c.buyer_id == person)
        columns = conversation_messages.c
        query = (
            select(conversation_messages)
            .where(or_(columns.conversation_id.in_(own), columns.author == subject_of(person)))
            .order_by(columns.conversation_id, columns.position)
        )
        messages = [
            {str(name): value for name, value in row.items()} for row in connection.execute(query).mappings()
        ]
        return {**self._rows.exported(connection, person), str(conversation_messages.name): messages}

    def erase(self, connection: Connection, person: UUID) -> None:
        """Delete their conversations, reports and blocks; the files of photos go with the next sweep."""
        self._rows.erase(connection, person)

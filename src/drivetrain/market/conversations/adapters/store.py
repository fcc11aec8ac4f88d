"""Conversations in PostgreSQL: each message with the read marks and the notice that follow from it, all or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import InvalidInputError, NotFoundError
from drivetrain.market.conversations.adapters.notices import Notices
from drivetrain.market.conversations.adapters.rows import (
    conversation_of,
    desk_of,
    message_of,
    message_row,
    reach_of,
    row_of,
)
from drivetrain.market.conversations.adapters.tables import (
    conversation_blocks,
    conversation_messages,
    conversation_photos,
    conversations,
)
from drivetrain.market.conversations.application.ports import (
    CarTitle,
    ConversationPage,
    ConversationView,
    Desk,
    Write,
    Written,
)
from drivetrain.market.conversations.domain.conversation import Conversation, Message, Party, Side
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS
from drivetrain.market.listings.adapters.tables import listings

_COLUMNS = conversations.c
_CURSOR = re.compile(r"([0-9]{1,17})\.([0-9a-f]{32})")
_ORDER = (_COLUMNS.last_at.desc(), _COLUMNS.conversation_id.desc())


class PostgresConversations:
    """The port ``ConversationStore``."""

    def __init__(self, engine: Engine, notices: Notices) -> None:
        self._engine = engine
        self._notices = notices

    def begin(self, new: Conversation, write: Write) -> Written:
        """Write in the conversation of a buyer about a listing; of two beginnings at once the second goes on."""
        about = _COLUMNS.listing_id.is_(None) if new.listing is None else _COLUMNS.listing_id == new.listing
        with transaction(self._engine) as connection:
            connection.execute(insert(conversations).values(row_of(new)).on_conflict_do_nothing())
            return self._write(connection, and_(_COLUMNS.buyer_id == new.buyer, about), write)

    def write(self, conversation_id: UUID, party: Party, write: Write) -> Written:
        """Write in a conversation under a lock of its row."""
        with transaction(self._engine) as connection:
            return self._write(connection, _within(conversation_id, party), write)

    def change(
        self, conversation_id: UUID, party: Party, change: Callable[[Conversation], Conversation]
    ) -> Conversation:
        """Change a conversation under a lock of its row; one that stays as it is is not written."""
        with transaction(self._engine) as connection:
            former = _locked(connection, _within(conversation_id, party))
            conversation = change(former)
            if conversation != former:
                _replace(connection, conversation)
        return conversation

    def page(self, desk: Desk, after: str | None, most: int) -> ConversationPage:
        """The conversations of a desk, those written in last first."""
        query = select(conversations).where(desk_of(desk))
        if after is not None:
            query = query.where(tuple_(_COLUMNS.last_at, _COLUMNS.conversation_id) < _place(after))
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(*_ORDER).limit(most + 1)).all()
            found = [conversation_of(row) for row in rows[:most]]
            items = _views(connection, found)
        return ConversationPage(items, _cursor(found[-1]) if len(rows) > most else None)

    def unread(self, desk: Desk) -> int:
        """How many conversations of a desk hold something new; a thousand of them are enough."""
        read = _COLUMNS.buyer_read if desk.side is Side.BUYER else _COLUMNS.answering_read
        new = select(_COLUMNS.conversation_id).where(desk_of(desk), read < _COLUMNS.messages).limit(1_000)
        with translating(), self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(new.subquery())) or 0

    def find(self, conversation_id: UUID, party: Party) -> ConversationView:
        """One conversation within reach."""
        query = select(conversations).where(_within(conversation_id, party))
        with translating(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise _unknown()
            return _views(connection, [conversation_of(row)])[0]

    def messages(self, conversation_id: UUID, before: int | None, most: int) -> Sequence[Message]:
        """The latest messages, in their order."""
        with translating(), self._engine.connect() as connection:
            return latest_messages(connection, conversation_id, before, most)

    def block(self, conversation: Conversation, side: Side, subject: str, at: datetime | None) -> None:
        """Have a side block the other one, or not any more; every conversation of the two changes by it."""
        columns = conversation_blocks.c
        row = {"company_id": conversation.company, "person_id": conversation.buyer, "side": side.value}
        theirs = and_(*(columns[name] == value for name, value in row.items()))
        both = (_COLUMNS.company_id == conversation.company, _COLUMNS.buyer_id == conversation.buyer)
        with transaction(self._engine) as connection:
            if at is None:
                connection.execute(delete(conversation_blocks).where(theirs))
            else:
                block = insert(conversation_blocks).values(**row, blocked_by=subject, blocked_at=at)
                connection.execute(block.on_conflict_do_nothing())
            # the row stays as it is: open pages learn that the conversation has changed
            connection.execute(update(conversations).where(*both).values(messages=_COLUMNS.messages))

    def _write(self, connection: Connection, which: ColumnElement[bool], write: Write) -> Written:
        former = _locked(connection, which)
        blocking = _blocking(connection, [former]).get(former.conversation_id, ())
        done = write(former, blocking)
        for message in done.messages:
            _attach(connection, done.conversation, message)
        rows = [message_row(done.conversation, message) for message in done.messages]
        connection.execute(insert(conversation_messages), rows)
        _replace(connection, done.conversation)
        for side in done.notified:
            self._notices.write(connection, done.conversation, side, _title(connection, former.listing))
        return done


def latest_messages(
    connection: Connection, conversation_id: UUID, before: int | None, most: int
) -> Sequence[Message]:
    """The latest messages of a conversation before a position, in their order."""
    columns = conversation_messages.c
    query = select(conversation_messages).where(columns.conversation_id == conversation_id)
    if before is not None:
        query = query.where(columns.position < before)
    rows = connection.execute(query.order_by(columns.position.desc()).limit(most)).all()
    return [message_of(row) for row in reversed(rows)]


def _within(conversation_id: UUID, party: Party) -> ColumnElement[bool]:
    return and_(_COLUMNS.conversation_id == conversation_id, reach_of(party))


def _locked(connection: Connection, which: ColumnElement[bool]) -> Conversation:
    row = connection.execute(select(conversations).where(which).with_for_update()).one_or_none()
    if row is None:
        raise _unknown()
    return conversation_of(row)


def _replace(connection: Connection, conversation: Conversation) -> None:
    its_row = _COLUMNS.conversation_id == conversation.conversation_id
    connection.execute(update(conversations).where(its_row).values(row_of(conversation)))


def _attach(connection: Connection, conversation: Conversation, message: Message) -> None:
    """Have a message show photos that its side has sent, and that no message shows yet."""
    if not message.photos:
        return
    columns = conversation_photos.c
    unused = update(conversation_photos).where(
        columns.conversation_id == conversation.conversation_id,
        columns.side == message.side.value,
        columns.photo_id.in_(message.photos),
        columns.position.is_(None),
    )
    if connection.execute(unused.values(position=message.position)).rowcount != len(message.photos):
        raise InvalidInputError(
            "Name photos that were sent for this conversation, each once and in one message.",
            code="market.unknown_photo",
        )


def _views(connection: Connection, found: Sequence[Conversation]) -> Sequence[ConversationView]:
    last, cars, blocking = _last(connection, found), _cars(connection, found), _blocking(connection, found)
    return [
        ConversationView(
            each,
            last.get(each.conversation_id),
            None if each.listing is None else cars.get(each.listing),
            blocking.get(each.conversation_id, ()),
        )
        for each in found
    ]


def _last(connection: Connection, found: Sequence[Conversation]) -> Mapping[UUID, Message]:
    columns = conversation_messages.c
    places = [(each.conversation_id, each.messages) for each in found]
    query = select(conversation_messages).where(tuple_(columns.conversation_id, columns.position).in_(places))
    return {row.conversation_id: message_of(row) for row in connection.execute(query)}


def _cars(connection: Connection, found: Sequence[Conversation]) -> Mapping[UUID, CarTitle]:
    ids = {each.listing for each in found if each.listing is not None}
    query = SHOWN_LISTINGS.where(listings.c.listing_id.in_(ids))
    return {
        row.listing_id: CarTitle(row.listing_id, row.make, row.model, row.year, row.state, row.cover)
        for row in connection.execute(query)
    }


def _blocking(connection: Connection, found: Collection[Conversation]) -> Mapping[UUID, Sequence[Side]]:
    columns = conversation_blocks.c
    both = and_(columns.company_id == _COLUMNS.company_id, columns.person_id == _COLUMNS.buyer_id)
    query = (
        select(_COLUMNS.conversation_id, columns.side)
        .join(conversation_blocks, both)
        .where(_COLUMNS.conversation_id.in_([each.conversation_id for each in found]))
    )
    sides: dict[UUID, list[Side]] = {}
    for row in connection.execute(query):
        sides.setdefault(row.conversation_id, []).append(Side(row.side))
    return sides


def _title(connection: Connection, listing_id: UUID | None) -> str:
    if listing_id is None:
        return ""
    columns = (listings.c.make, listings.c.model, listings.c.year)
    row = connection.execute(select(*columns).where(listings.c.listing_id == listing_id)).one_or_none()
    return "" if row is None else f"{row.make} {row.model} {row.year}"


def _cursor(conversation: Conversation) -> str:
    micros = round(conversation.last_at.timestamp() * 1_000_000)
    return f"{micros}.{conversation.conversation_id.hex}"


def _place(cursor: str) -> Any:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidInputError("The cursor is none of this list.", code="market.bad_cursor")
    seconds, micros = divmod(int(match[1]), 1_000_000)
    try:
        instant = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    except (OverflowError, ValueError, OSError):
        raise InvalidInputError("The cursor is none of this list.", code="market.bad_cursor") from None
    return tuple_(literal(instant), literal(UUID(match[2])))


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="market.unknown_conversation")

"""Rows of conversations and what they stand for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, or_

from drivetrain.market.conversations.adapters.tables import conversations
from drivetrain.market.conversations.application.ports import Desk
from drivetrain.market.conversations.domain.conversation import Conversation, Message, Party, Side

_COLUMNS = conversations.c


def reach_of(party: Party) -> ColumnElement[bool]:
    """Which conversations a party is a part of."""
    sides = (Side.BUYER, Side.DEALER, Side.SUPPORT)
    return or_(false(), *(desk_of(Desk(party, side)) for side in sides))


def desk_of(desk: Desk) -> ColumnElement[bool]:
    """Which conversations a party has on a side."""
    party = desk.party
    match desk.side:
        case Side.BUYER:
            return false() if party.person is None else _COLUMNS.buyer_id == party.person
        case Side.SUPPORT:
            return _COLUMNS.company_id.is_(None) if party.is_support else false()
    if party.company is None:
        return false()
    own: ColumnElement[bool] = _COLUMNS.company_id == party.company
    if party.branch is not None:
        own = and_(own, _COLUMNS.branch_id == party.branch)
    # who wrote to their own company is the buyer there
    return own if party.person is None else and_(own, _COLUMNS.buyer_id != party.person)


def conversation_of(row: Row[Any]) -> Conversation:
    """A conversation from its row."""
    answering = Side.SUPPORT if row.company_id is None else Side.DEALER
    return Conversation(
        row.conversation_id,
        row.buyer_id,
        row.company_id,
        row.branch_id,
        row.listing_id,
        row.created_at,
        row.last_at,
        row.messages,
        {Side.BUYER: row.buyer_read, answering: row.answering_read},
        row.closed_at,
    )


def row_of(conversation: Conversation) -> dict[str, Any]:
    """A conversation as its row, by column."""
    return {
        "conversation_id": conversation.conversation_id,
        "buyer_id": conversation.buyer,
        "company_id": conversation.company,
        "branch_id": conversation.branch,
        "listing_id": conversation.listing,
        "created_at": conversation.created_at,
        "last_at": conversation.last_at,
        "messages": conversation.messages,
        "buyer_read": conversation.read.get(Side.BUYER, 0),
        "answering_read": conversation.read.get(conversation.answering, 0),
        "closed_at": conversation.closed_at,
    }


def message_of(row: Row[Any]) -> Message:
    """A message from its row."""
    return Message(
        row.position, Side(row.side), row.author, row.text, row.sent_at, tuple(row.photos), row.facts
    )


def message_row(conversation: Conversation, message: Message) -> dict[str, Any]:
    """A message as its row, by column."""
    return {
        "conversation_id": conversation.conversation_id,
        "position": message.position,
        "side": message.side.value,
        "author": message.author,
        "text": message.text,
        "photos": list(message.photos),
        "facts": None if message.facts is None else dict(message.facts),
        "sent_at": message.sent_at,
    }

"""A conversation: two sides, what each has read, and what may still be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.market.conversations.domain.scopes import CONVERSATIONS_SUPPORT

LONGEST_MESSAGE = 4_000
MOST_PHOTOS_OF_MESSAGE = 6


class Side(StrEnum):
    """A side of a conversation."""

    BUYER = "buyer"
    DEALER = "dealer"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: what their credential reaches.

    Attributes:
        person: None for a key of a company.
        company: that the credential acts for; None for none.
        branch: of the company; None for all of it.
        is_support: whether it may answer as the support of the platform.
        subject: as in the ledger.
    """

    subject: str
    person: UUID | None
    company: UUID | None
    branch: UUID | None = None
    is_support: bool = False


def party_of(caller: Caller) -> Party:
    """What a caller reaches; nobody who acts for a company is the support."""
    is_support = CONVERSATIONS_SUPPORT.name in caller.scopes and caller.company is None
    return Party(caller.subject, caller.person, caller.company, caller.branch, is_support)


def person_of(caller: Caller) -> UUID:
    """The person who begins a conversation.

    Raises:
        NotAllowedError: ``market.no_person``; a key is nobody who could be answered.
    """
    if caller.person is None:
        raise NotAllowedError(
            "Conversations are begun by people; this key is nobody's.", code="market.no_person"
        )
    return caller.person


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, without its messages.

    Attributes:
        company: of the dealer; None for a conversation with the support of the platform.
        branch: that offered the car; None for the whole company.
        listing: that it is about; None for the support.
        messages: how many there are, and so the position of the last one.
        read: position up to which each side has read, 0 for one that is not there; what a side writes it has read.
        last_at: when the last message was written.
        closed_at: when a moderator ended it; None while it goes on.
    """

    conversation_id: UUID
    buyer: UUID
    company: UUID | None
    branch: UUID | None
    listing: UUID | None
    created_at: datetime
    last_at: datetime
    messages: int = 0
    read: Mapping[Side, int] = field(default_factory=dict)
    closed_at: datetime | None = None

    @property
    def answering(self) -> Side:
        """The side beside the buyer's."""
        return Side.SUPPORT if self.company is None else Side.DEALER

    def other(self, side: Side) -> Side:
        """The side that a side writes to."""
        return self.answering if side is Side.BUYER else Side.BUYER

    def unread(self, side: Side) -> int:
        """How many messages a side has not read."""
        return self.messages - self.read.get(side, 0)

    def side_of(self, party: Party) -> Side | None:
        """The side that a party is on; None for a party that is no part of it."""
        if party.person is not None and party.person == self.buyer:
            return Side.BUYER
        if self.company is None:
            return Side.SUPPORT if party.is_support else None
        reaches_branch = party.branch is None or party.branch == self.branch
        return Side.DEALER if party.company == self.company and reaches_branch else None


@dataclass(frozen=True, slots=True)
class Message:
    """A message.

    Attributes:
        position: in its conversation, from 1.
        author: as in the ledger; None for one that was written by itself.
        text: plain; may be empty where there are photos.
        photos: ids of photos that were sent before.
        facts: what an automatic message says, for pages that word it themselves; None for any other.
    """

    position: int
    side: Side
    author: str | None
    text: str
    sent_at: datetime
    photos: Sequence[str] = ()
    facts: Mapping[str, object] | None = None


def written(conversation: Conversation, side: Side, *, at: datetime) -> Conversation:
    """The conversation with a message more, which its side has read, and with it all before."""
    position = conversation.messages + 1
    return replace(conversation, messages=position, last_at=at, read={**conversation.read, side: position})


def answered_by_itself(conversation: Conversation) -> Conversation:
    """The conversation with an automatic message more, which nobody has read."""
    return replace(conversation, messages=conversation.messages + 1)


def read_up_to(conversation: Conversation, side: Side, position: int) -> Conversation:
    """The conversation with a read mark, which never goes back or past the last message."""
    mark = max(conversation.read.get(side, 0), min(position, conversation.messages))
    return replace(conversation, read={**conversation.read, side: mark})


def require_open(conversation: Conversation, blocking: Sequence[Side], side: Side) -> None:
    """Refuse a message where a side has blocked the other, or a moderator ended the conversation.

    Args:
        blocking: sides that have blocked the other one.

    Raises:
        NotAllowedError: ``market.blocked``, ``market.blocked_by_you``.
        ConflictError: ``market.conversation_closed``.
    """
    if side in blocking:
        raise NotAllowedError(
            "You have blocked the other side; unblock it to write.", code="market.blocked_by_you"
        )
    if blocking:
        raise NotAllowedError("The other side does not take messages from you.", code="market.blocked")
    if conversation.closed_at is not None:
        raise ConflictError("A moderator ended this conversation.", code="market.conversation_closed")

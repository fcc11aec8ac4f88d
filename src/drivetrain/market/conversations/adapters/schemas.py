"""Bodies and answers of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.time import iso_utc
from drivetrain.market.conversations.application.ports import CarTitle, ConversationView, SharedPhoto
from drivetrain.market.conversations.domain.conversation import (
    LONGEST_MESSAGE,
    MOST_PHOTOS_OF_MESSAGE,
    Message,
    Side,
)
from drivetrain.market.conversations.domain.report import LONGEST_REMARK, ConversationReport

_TEXT = Field(max_length=LONGEST_MESSAGE, description="Plain text; lines may be broken.")
_REMARK = Field(default=None, max_length=LONGEST_REMARK, description="In words; plain text.")


class NewConversationBody(StrictBody):
    """What somebody writes first."""

    listing_id: UUID | None = Field(
        default=None,
        strict=False,
        description="The car that it is about; without one it goes to the support.",
    )
    text: str = _TEXT


class MessageBody(StrictBody):
    """What somebody writes."""

    text: str = Field(
        default="", max_length=LONGEST_MESSAGE, description="Plain text; empty with photos only."
    )
    photos: list[str] = Field(
        default_factory=list,
        max_length=MOST_PHOTOS_OF_MESSAGE,
        description="Ids of photos that were sent for this conversation before.",
    )


class ReadMarkBody(StrictBody):
    """How far somebody has read."""

    position: int = Field(ge=0, lt=2**31, description="Of the last message that was seen.")


class ConversationReportBody(StrictBody):
    """What is wrong with a conversation."""

    reason: Literal["fraud", "offensive", "spam", "other"] = Field(description="What is wrong.")
    remark: str | None = _REMARK


class ConversationDecisionBody(StrictBody):
    """What a moderator makes of a report."""

    decision: Literal["upheld", "dismissed"] = Field(
        description="An upheld report ends the conversation for good."
    )
    remark: str | None = _REMARK


SideWord = Literal["buyer", "dealer", "support"]


class SuggestedCar(TypedDict):
    """A similar car in an automatic answer, its price in whole units of the currency."""

    listing_id: str
    make: str
    model: str
    year: int
    price: float
    currency: str


class AutomaticAnswer(TypedDict):
    """What an automatic answer says of the car when it was given; pages word it in the language of their reader."""

    state: str
    price: float
    currency: str
    similar: list[SuggestedCar]


class MessageAnswer(TypedDict):
    """A message. ``is_own`` says whether the caller's side wrote it; ``automatic`` is null for what people wrote."""

    position: int
    side: SideWord
    is_own: bool
    text: str
    photos: list[str]
    automatic: AutomaticAnswer | None
    sent_at: str


class CarTitleAnswer(TypedDict):
    """The car that a conversation is about; ``cover`` is the id of its first photo, null where it has none."""

    listing_id: str
    make: str
    model: str
    year: int
    state: str
    cover: str | None


class ConversationAnswer(TypedDict):
    """A conversation as the caller's ``side`` sees it.

    ``car`` is null for conversations with the support. ``unread`` counts messages. ``others_read`` is the position up to
    which the other side has read. ``is_blocked`` says whether messages are refused because a side has blocked the other
    one, ``is_blocked_by_you`` whether the caller's has. ``closed_at`` is null until a moderator ends it.
    """

    conversation_id: str
    side: SideWord
    car: CarTitleAnswer | None
    messages: int
    unread: int
    others_read: int
    last: MessageAnswer | None
    last_at: str
    is_blocked: bool
    is_blocked_by_you: bool
    closed_at: str | None


class ConversationList(TypedDict):
    """Conversations, those written in last first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ConversationAnswer]
    next: str | None


class MessageList(TypedDict):
    """Messages in their order; ``before`` leads to earlier ones, null at the beginning."""

    items: list[MessageAnswer]
    before: int | None


class WrittenAnswer(TypedDict):
    """What was written, and an automatic answer where one followed."""

    conversation_id: str
    items: list[MessageAnswer]


class UnreadAnswer(TypedDict):
    """How many conversations hold something new."""

    conversations: int


class SharedPhotoAnswer(TypedDict):
    """A photo to write with."""

    photo_id: str
    width: int
    height: int


class ConversationReportReceipt(TypedDict):
    """A report was taken."""

    report_id: str
    conversation_id: str
    reason: str
    created_at: str


class ConversationReportAnswer(ConversationReportReceipt):
    """A report as moderators see it; the last three are null while it is open."""

    reporter: str
    side: SideWord
    remark: str | None
    state: Literal["open", "upheld", "dismissed"]
    decided_by: str | None
    decided_at: str | None
    decision_remark: str | None


class ConversationReportList(TypedDict):
    """Reports, oldest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ConversationReportAnswer]
    next: str | None


class ReportedMessageList(TypedDict):
    """The latest messages of a reported conversation."""

    items: list[MessageAnswer]


def message_as_dict(message: Message, side: Side | None) -> dict[str, object]:
    """A message as a side sees it; None for a moderator."""
    return {
        "position": message.position,
        "side": message.side,
        "is_own": message.side is side and message.author is not None,
        "text": message.text,
        "photos": list(message.photos),
        "automatic": None if message.facts is None else dict(message.facts),
        "sent_at": iso_utc(message.sent_at),
    }


def messages_as_dicts(messages: Sequence[Message], side: Side | None) -> list[dict[str, object]]:
    """Messages as a side sees them."""
    return [message_as_dict(each, side) for each in messages]


def conversation_as_dict(view: ConversationView, side: Side) -> dict[str, object]:
    """A conversation as a side sees it."""
    conversation = view.conversation
    return {
        "conversation_id": str(conversation.conversation_id),
        "side": side,
        "car": None if view.car is None else _car(view.car),
        "messages": conversation.messages,
        "unread": conversation.unread(side),
        "others_read": conversation.read.get(conversation.other(side), 0),
        "last": None if view.last is None else message_as_dict(view.last, side),
        "last_at": iso_utc(conversation.last_at),
        "is_blocked": bool(view.blocking),
        "is_blocked_by_you": side in view.blocking,
        "closed_at": None if conversation.closed_at is None else iso_utc(conversation.closed_at),
    }


def photo_as_dict(photo: SharedPhoto) -> dict[str, object]:
    """A photo to write with."""
    return {"photo_id": photo.photo_id, "width": photo.width, "height": photo.height}


def receipt_as_dict(report: ConversationReport) -> dict[str, object]:
    """A report as its reporter sees it."""
    return {
        "report_id": str(report.report_id),
        "conversation_id": str(report.conversation_id),
        "reason": report.reason,
        "created_at": iso_utc(report.created_at),
    }


def report_as_dict(report: ConversationReport) -> dict[str, object]:
    """A report as moderators see it."""
    return {
        **receipt_as_dict(report),
        "reporter": report.reporter,
        "side": report.side,
        "remark": report.remark,
        "state": report.state,
        "decided_by": report.decided_by,
        "decided_at": None if report.decided_at is None else iso_utc(report.decided_at),
        "decision_remark": report.decision_remark,
    }


def _car(car: CarTitle) -> dict[str, object]:
    return {
        "listing_id": str(car.listing_id),
        "make": car.make,
        "model": car.model,
        "year": car.year,
        "state": car.state,
        "cover": car.cover,
    }

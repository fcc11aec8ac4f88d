"""What the use cases of conversations need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.core.pictures import Picture
from drivetrain.market.conversations.domain.conversation import Conversation, Message, Party, Side
from drivetrain.market.conversations.domain.first_answer import OtherCar
from drivetrain.market.conversations.domain.report import ConversationReport, ConversationReportState
from drivetrain.market.listings.domain.listing import Listing


@dataclass(frozen=True, slots=True)
class Written:
    """What follows for a conversation from a message.

    Attributes:
        messages: to store, in their order.
        notified: sides whose people are to be told.
    """

    conversation: Conversation
    messages: Sequence[Message]
    notified: Sequence[Side] = ()


Write = Callable[[Conversation, Sequence[Side]], Written]
"""What follows, given the conversation as it is and the sides that have blocked the other one."""


@dataclass(frozen=True, slots=True)
class CarTitle:
    """The car that a conversation is about, as it is called after it was sold or withdrawn too."""

    listing_id: UUID
    make: str
    model: str
    year: int
    state: str
    cover: str | None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as a list shows it.

    Attributes:
        last: its last message.
        blocking: sides that have blocked the other one.
    """

    conversation: Conversation
    last: Message | None
    car: CarTitle | None
    blocking: Sequence[Side] = ()


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations, those written in last first; ``next`` is the cursor of the following page."""

    items: Sequence[ConversationView]
    next: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Which conversations are meant: those of one side of a party."""

    party: Party
    side: Side


class ConversationStore(Protocol):
    """Where conversations are kept. Blocking; every method raises UnavailableError where they cannot be reached.

    What a party is no part of is not found (``market.unknown_conversation``), exactly like what does not exist.
    """

    def begin(self, new: Conversation, write: Write) -> Written:
        """Write in the conversation of a buyer about a listing, or with the support; ``new`` where there is none yet.

        Raises:
            Whatever ``write`` raises; nothing is stored then.
        """
        ...

    def write(self, conversation_id: UUID, party: Party, write: Write) -> Written:
        """Write in a conversation, which nobody else writes in meanwhile.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            InvalidInputError: ``market.unknown_photo``; a photo was not sent before, or is used already.
            Whatever ``write`` raises; nothing is stored then.
        """
        ...

    def change(
        self, conversation_id: UUID, party: Party, change: Callable[[Conversation], Conversation]
    ) -> Conversation:
        """Change the read marks of a conversation.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
        """
        ...

    def page(self, desk: Desk, after: str | None, most: int) -> ConversationPage:
        """The conversations of a desk.

        Raises:
            InvalidInputError: ``market.bad_cursor``.
        """
        ...

    def unread(self, desk: Desk) -> int:
        """How many conversations of a desk hold something that it has not read."""
        ...

    def find(self, conversation_id: UUID, party: Party) -> ConversationView:
        """One conversation.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
        """
        ...

    def messages(self, conversation_id: UUID, before: int | None, most: int) -> Sequence[Message]:
        """Messages of a conversation that the caller has found, the latest ones, in their order."""
        ...

    def block(self, conversation: Conversation, side: Side, subject: str, at: datetime | None) -> None:
        """Have a side block the other one, in all conversations of the two; not any more where ``at`` is None."""
        ...


class Presence(Protocol):
    """Who was there lately. Blocking."""

    def note(self, company: UUID, at: datetime) -> None:
        """Note that somebody of a dealer is there."""
        ...

    def seen_at(self, company: UUID) -> datetime | None:
        """When somebody of a dealer was there last; None for never."""
        ...


class SimilarCars(Protocol):
    """Finds cars like one on sale. Blocking."""

    def __call__(self, listing: Listing) -> Sequence[OtherCar]:
        """The most similar first; none where they cannot be found now."""
        ...


@dataclass(frozen=True, slots=True)
class SharedPhoto:
    """A photo that was sent for a conversation."""

    photo_id: str
    width: int
    height: int
    pictures: Sequence[Picture] = field(repr=False, default=())


class SharedPhotos(Protocol):
    """Where photos of conversations are kept. Blocking."""

    def add(
        self, conversation: Conversation, side: Side, photo: SharedPhoto, at: datetime, *, most: int
    ) -> None:
        """Keep a photo that a side may write with; its own one again is no error.

        Raises:
            ConflictError: ``market.too_many_photos``; the conversation has ``most``.
        """
        ...

    def file(self, conversation: Conversation, side: Side, photo_id: str, width: int) -> bytes:
        """A photo that a side has sent, or that a message showed it.

        Raises:
            NotFoundError: ``market.unknown_photo``.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConversationReportPage:
    """Reports, oldest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[ConversationReport]
    next: UUID | None


class ConversationReports(Protocol):
    """Where reports of conversations are kept. Blocking."""

    def add(self, report: ConversationReport) -> None:
        """Store a new report.

        Raises:
            ConflictError: ``market.already_reported``.
        """
        ...

    def page(
        self, state: ConversationReportState | None, after: UUID | None, most: int
    ) -> ConversationReportPage:
        """Reports, oldest first."""
        ...

    def messages(self, report_id: UUID, most: int) -> Sequence[Message]:
        """The latest messages of the conversation that a report is about, in their order.

        Raises:
            NotFoundError: ``market.unknown_report``.
        """
        ...

    def decide(
        self, report_id: UUID, decide: Callable[[ConversationReport], ConversationReport]
    ) -> ConversationReport:
        """Decide a report; an upheld one ends its conversation, in the same transaction.

        Raises:
            NotFoundError: ``market.unknown_report``.
            Whatever ``decide`` raises; nothing is stored then.
        """
        ...

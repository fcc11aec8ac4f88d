"""Reading conversations, marking them as read, and blocking the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError, NotFoundError
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.pictures import Picture
from drivetrain.core.time import Clock
from drivetrain.market.conversations.application.ports import (
    ConversationPage,
    ConversationStore,
    ConversationView,
    Desk,
    Presence,
    SharedPhoto,
    SharedPhotos,
)
from drivetrain.market.conversations.domain.conversation import (
    Conversation,
    Message,
    Side,
    party_of,
    read_up_to,
)

PHOTOS = RateRule("market.conversation_photos", 60, 3_600)
MOST_PHOTOS = 100
"""Of one conversation."""


@dataclass(frozen=True, slots=True)
class KeepConversations:
    """The conversations that a caller is a part of."""

    store: ConversationStore
    photos: SharedPhotos
    presence: Presence
    limiter: RateLimiter
    clock: Clock

    def page(
        self, caller: Caller, side: Side | None, *, after: str | None, most: int
    ) -> tuple[ConversationPage, Side]:
        """The conversations of a side, those written in last first, and which side that is.

        Args:
            side: the dealer's for whoever acts for a company and the buyer's for others, where none is named.

        Raises:
            NotAllowedError: ``market.not_this_side``; the caller is never on that side.
        """
        desk = _desk(caller, side)
        self._note(desk)
        return self.store.page(desk, after, most), desk.side

    def unread(self, caller: Caller, side: Side | None) -> int:
        """How many conversations of a side hold something new.

        Raises:
            NotAllowedError: ``market.not_this_side``.
        """
        return self.store.unread(_desk(caller, side))

    def find(self, conversation_id: UUID, caller: Caller) -> tuple[ConversationView, Side]:
        """A conversation, and the caller's side of it.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
        """
        party = party_of(caller)
        view = self.store.find(conversation_id, party)
        side = view.conversation.side_of(party)
        if side is None:
            raise NotFoundError(
                f"There is no conversation {conversation_id}.", code="market.unknown_conversation"
            )
        return view, side

    def messages(
        self, conversation_id: UUID, caller: Caller, *, before: int | None, most: int
    ) -> tuple[Conversation, Side, Sequence[Message]]:
        """The latest messages of a conversation before a position, in their order.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
        """
        view, side = self.find(conversation_id, caller)
        self._note(Desk(party_of(caller), side))
        return view.conversation, side, self.store.messages(conversation_id, before, most)

    def mark(self, conversation_id: UUID, position: int, caller: Caller) -> tuple[Conversation, Side]:
        """Note that the caller's side has read up to a position.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
        """
        _, side = self.find(conversation_id, caller)
        marked = self.store.change(
            conversation_id, party_of(caller), lambda former: read_up_to(former, side, position)
        )
        return marked, side

    def block(self, conversation_id: UUID, caller: Caller, *, is_blocked: bool) -> None:
        """Block the other side of a conversation, in all conversations of the two, or not any more.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            ConflictError: ``market.support_not_blocked``.
        """
        view, side = self.find(conversation_id, caller)
        if view.conversation.company is None:
            raise ConflictError(
                "Conversations with the support of the platform cannot be blocked; report it instead.",
                code="market.support_not_blocked",
            )
        at = self.clock.now() if is_blocked else None
        self.store.block(view.conversation, side, caller.subject, at)

    def share(self, conversation_id: UUID, pictures: Sequence[Picture], caller: Caller) -> SharedPhoto:
        """Keep a photo that the caller's side may write with.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            ConflictError: ``market.too_many_photos``.
        """
        view, side = self.find(conversation_id, caller)
        large = pictures[0]
        photo = SharedPhoto(large.digest, large.width, large.height, pictures)
        self.photos.add(view.conversation, side, photo, self.clock.now(), most=MOST_PHOTOS)
        return photo

    def admit_photo(self, conversation_id: UUID, caller: Caller) -> None:
        """Say whether a photo may be sent at all, before it is received.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            TooManyRequestsError: more than anybody sends.
        """
        self.find(conversation_id, caller)
        require_room(self.limiter, [(PHOTOS, caller.subject)])

    def photo(self, conversation_id: UUID, photo_id: str, width: int, caller: Caller) -> bytes:
        """A photo of a conversation, as WebP.

        Raises:
            NotFoundError: ``market.unknown_conversation``, ``market.unknown_photo``.
        """
        view, side = self.find(conversation_id, caller)
        return self.photos.file(view.conversation, side, photo_id, width)

    def _note(self, desk: Desk) -> None:
        if desk.side is Side.DEALER and desk.party.company is not None:
            self.presence.note(desk.party.company, self.clock.now())


def _desk(caller: Caller, side: Side | None) -> Desk:
    party = party_of(caller)
    usual = Side.BUYER if party.company is None else Side.DEALER
    desk = Desk(party, side or usual)
    fits = {
        Side.BUYER: party.person is not None,
        Side.DEALER: party.company is not None,
        Side.SUPPORT: party.is_support,
    }
    if not fits[desk.side]:
        raise NotAllowedError(
            f"This credential has no conversations as {desk.side}.", code="market.not_this_side"
        )
    return desk

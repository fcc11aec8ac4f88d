"""Writing to a dealer, a buyer or the support of the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError
from drivetrain.core.ids import new_id
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.conversations.application.ports import (
    ConversationStore,
    Presence,
    SimilarCars,
    Write,
    Written,
)
from drivetrain.market.conversations.domain.conversation import (
    Conversation,
    Message,
    Party,
    Side,
    answered_by_itself,
    party_of,
    person_of,
    require_open,
    written,
)
from drivetrain.market.conversations.domain.first_answer import facts_of, is_there, text_of
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing

MESSAGES = (
    RateRule("market.messages", 20, 60),
    RateRule("market.messages.day", 1_000, 86_400),
)
BEGUN = RateRule("market.conversations", 30, 86_400)
"""Whoever writes to more dealers a day than this looks for no car."""


@dataclass(frozen=True, slots=True)
class WriteMessages:
    """Begins conversations and goes on with them."""

    store: ConversationStore
    listings: KeepListings
    presence: Presence
    similar: SimilarCars
    limiter: RateLimiter
    clock: Clock

    def begin(self, listing_id: UUID | None, text: str, caller: Caller) -> Written:
        """Write to the dealer of a listing, or to the support where none is named.

        There is one conversation of a buyer about a listing: a second beginning goes on with it.

        Raises:
            NotAllowedError: ``market.no_person``, ``market.blocked``, ``market.blocked_by_you``.
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.own_listing``, ``market.conversation_closed``.
            TooManyRequestsError: more than anybody writes.
        """
        person, now = person_of(caller), self.clock.now()
        listing = None if listing_id is None else self.listings.find(listing_id, caller)
        if listing is not None and listing.owner.company == caller.company:
            raise ConflictError("The car is your own company's.", code="market.own_listing")
        self._admit(caller, BEGUN)
        new = _new(person, listing, now)
        answer = None if listing is None else self._first_answer(listing, now)
        return self.store.begin(new, _writing(party_of(caller), text, (), now, answer))

    def write(self, conversation_id: UUID, text: str, photos: Sequence[str], caller: Caller) -> Written:
        """Write in a conversation.

        Raises:
            NotFoundError: ``market.unknown_conversation``.
            NotAllowedError: ``market.blocked``, ``market.blocked_by_you``.
            ConflictError: ``market.conversation_closed``.
            InvalidInputError: ``market.unknown_photo``.
            TooManyRequestsError: more than anybody writes.
        """
        self._admit(caller)
        party, now = party_of(caller), self.clock.now()
        done = self.store.write(conversation_id, party, _writing(party, text, photos, now, None))
        if done.messages[0].side is Side.DEALER and done.conversation.company is not None:
            self.presence.note(done.conversation.company, now)
        return done

    def _admit(self, caller: Caller, *rules: RateRule) -> None:
        require_room(self.limiter, [(rule, caller.subject) for rule in (*rules, *MESSAGES)])

    def _first_answer(self, listing: Listing, now: datetime) -> Message | None:
        if is_there(self.presence.seen_at(listing.owner.company), now):
            return None
        similar = self.similar(listing)
        facts, text = facts_of(listing, similar), text_of(listing, similar)
        return Message(0, Side.DEALER, None, text, now, facts=facts)


def _new(person: UUID, listing: Listing | None, now: datetime) -> Conversation:
    owner = None if listing is None else listing.owner
    return Conversation(
        UUID(new_id()),
        person,
        None if owner is None else owner.company,
        None if owner is None else owner.branch,
        None if listing is None else listing.listing_id,
        now,
        now,
    )


def _writing(party: Party, text: str, photos: Sequence[str], now: datetime, answer: Message | None) -> Write:
    """What a message makes of a conversation; ``answer`` follows the first one."""

    def write(conversation: Conversation, blocking: Sequence[Side]) -> Written:
        side = conversation.side_of(party) or Side.BUYER
        require_open(conversation, blocking, side)
        other = conversation.other(side)
        is_first = conversation.messages == 0
        notified = [other] if conversation.unread(other) == 0 else []
        after = written(conversation, side, at=now)
        messages = [Message(after.messages, side, party.subject, text, now, tuple(photos))]
        if is_first and answer is not None:
            after = answered_by_itself(after)
            messages.append(Message(after.messages, answer.side, None, answer.text, now, facts=answer.facts))
        return Written(after, messages, notified)

    return write

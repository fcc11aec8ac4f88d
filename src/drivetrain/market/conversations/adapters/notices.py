"""Telling people that somebody wrote to them, in the transaction of the message."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from drivetrain.core.access import PersonRole
from drivetrain.core.announcements import Announcements
from drivetrain.core.time import iso_utc
from drivetrain.market.conversations.domain.conversation import Conversation, Side
from drivetrain.market.conversations.domain.notices import NEW_MESSAGE

_ANSWERING = (PersonRole.DEALER, PersonRole.COMPANY_ADMIN)
_SUPPORTING = (PersonRole.MODERATOR,)


@dataclass(frozen=True, slots=True)
class Notices:
    """Writes the notice to the buyer, to all who answer for the dealer, or to the support."""

    announcements: Announcements

    def write(self, connection: Connection, conversation: Conversation, side: Side, car: str) -> None:
        """Write it.

        Args:
            side: whose people are told.
            car: make, model and year; empty for a conversation with the support.
        """
        arguments = {"car": car, "at": iso_utc(conversation.last_at)}
        if side is Side.BUYER:
            self.announcements.announce(connection, NEW_MESSAGE, (), arguments, people=[conversation.buyer])
            return
        roles = _SUPPORTING if side is Side.SUPPORT else _ANSWERING
        self.announcements.announce(connection, NEW_MESSAGE, roles, arguments, company=conversation.company)

"""Who has written to which dealer, for whoever asks for a contact."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.market.conversations.adapters.tables import conversations

_COLUMNS = conversations.c


class ConversationContacts:
    """People and the dealers that they have conversations with; each of those begins with a message of the person."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def with_company(self, person: UUID, company: UUID) -> bool:
        """Whether a person has written to a dealer."""
        query = select(_COLUMNS.conversation_id).where(
            _COLUMNS.buyer_id == person, _COLUMNS.company_id == company
        )
        with translating(), self._engine.connect() as connection:
            return connection.scalar(query.limit(1)) is not None

    def about_listing(self, person: UUID, listing: UUID) -> UUID | None:
        """The dealer to whom a person has written about a car."""
        query = select(_COLUMNS.company_id).where(_COLUMNS.buyer_id == person, _COLUMNS.listing_id == listing)
        with translating(), self._engine.connect() as connection:
            return connection.scalar(query)

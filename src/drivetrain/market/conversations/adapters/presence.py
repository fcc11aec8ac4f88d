"""Who of a dealer was there lately, in PostgreSQL, to the minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.market.conversations.adapters.tables import conversation_presence

_COLUMNS = conversation_presence.c
_EVERY = timedelta(minutes=1)


class PostgresPresence:
    """The port ``Presence``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, company: UUID, at: datetime) -> None:
        """Note that somebody is there; what was noted in the last minute stays."""
        seen_at = self.seen_at(company)
        if seen_at is not None and at - seen_at < _EVERY:
            return
        row = insert(conversation_presence).values(company_id=company, seen_at=at)
        later = row.on_conflict_do_update(
            index_elements=[_COLUMNS.company_id], set_={"seen_at": at}, where=_COLUMNS.seen_at < at
        )
        with transaction(self._engine) as connection:
            connection.execute(later)

    def seen_at(self, company: UUID) -> datetime | None:
        """When somebody was there last."""
        query = select(_COLUMNS.seen_at).where(_COLUMNS.company_id == company)
        with translating(), self._engine.connect() as connection:
            return connection.scalar(query)

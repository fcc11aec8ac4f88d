"""Interactions in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, and_, delete, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.access import PERSON_PREFIX
from drivetrain.market.listings.adapters.tables import listings
from drivetrain.market.listings.domain.listing import SHOWN
from drivetrain.market.recommendations.adapters.tables import interactions
from drivetrain.market.recommendations.application.ports import OpinionPage, TakenInteractions
from drivetrain.market.recommendations.domain.interaction import (
    OPINIONS,
    Actor,
    Interaction,
    InteractionKind,
    Opinion,
)

_OPINIONS = sorted(OPINIONS)
_SWEPT_AT_ONCE = 10_000


class PostgresInteractions:
    """The port ``InteractionStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, actor: Actor, new: Sequence[Interaction], at: datetime) -> TakenInteractions:
        """Keep what is new and of listings that everybody may see."""
        asked = {each.listing_id for each in new}
        known = select(listings.c.listing_id).where(
            listings.c.listing_id.in_(sorted(asked)), listings.c.state.in_(sorted(SHOWN))
        )
        with transaction(self._engine) as connection:
            seen = set(connection.scalars(known))
            rows = [
                _row(actor, each, at + timedelta(microseconds=place))
                for place, each in enumerate(new)
                if each.listing_id in seen
            ]
            insertion = insert(interactions).on_conflict_do_nothing().returning(interactions.c.interaction_id)
            taken = len(list(connection.scalars(insertion, rows))) if rows else 0
        unknown = list(dict.fromkeys(each.listing_id for each in new if each.listing_id not in seen))
        return TakenInteractions(taken, len(rows) - taken, unknown)

    def opinions(
        self, actor: Actor, kinds: Collection[InteractionKind], after: UUID | None, most: int
    ) -> OpinionPage:
        """The latest opinion about each listing, newest first."""
        columns = interactions.c
        own = and_(columns.actor == actor.name, columns.kind.in_(_OPINIONS))
        latest = (
            select(columns.listing_id, columns.kind, columns.created_at, columns.interaction_id)
            .distinct(columns.listing_id)
            .where(own)
            .order_by(columns.listing_id, columns.created_at.desc(), columns.interaction_id.desc())
            .subquery()
        )
        place = tuple_(latest.c.created_at, latest.c.interaction_id)
        query = select(latest).where(latest.c.kind.in_(sorted(kinds)))
        if after is not None:
            last = select(columns.created_at, columns.interaction_id).where(
                own, columns.interaction_id == after
            )
            query = query.where(place < last.scalar_subquery())
        newest_first = query.order_by(latest.c.created_at.desc(), latest.c.interaction_id.desc())
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(newest_first.limit(most + 1)).mappings().all()
        items = [_opinion(row) for row in rows[:most]]
        return OpinionPage(items, items[-1].interaction_id if len(rows) > most else None)

    def take_back(self, actor: Actor, listing_id: UUID) -> int:
        """Delete the opinions about a listing."""
        columns = interactions.c
        own = and_(columns.actor == actor.name, columns.listing_id == listing_id, columns.kind.in_(_OPINIONS))
        with transaction(self._engine) as connection:
            return connection.execute(delete(interactions).where(own)).rowcount

    def erase(self, actor: Actor) -> int:
        """Delete everything of an actor."""
        with transaction(self._engine) as connection:
            return connection.execute(delete(interactions).where(interactions.c.actor == actor.name)).rowcount

    def sweep(self, before: datetime) -> int:
        """Delete what is older, some thousand rows in a transaction."""
        columns = interactions.c
        of_person = columns.actor.startswith(PERSON_PREFIX, autoescape=True)
        is_forgotten = or_(not_(of_person), columns.kind.not_in(_OPINIONS))
        old = (
            select(columns.actor, columns.interaction_id)
            .where(columns.created_at < before, is_forgotten)
            .order_by(columns.created_at)
            .limit(_SWEPT_AT_ONCE)
        )
        swept = delete(interactions).where(tuple_(columns.actor, columns.interaction_id).in_(old))
        total = 0
        while True:
            with transaction(self._engine) as connection:
                count = connection.execute(swept).rowcount
            total += count
            if count < _SWEPT_AT_ONCE:
                return total


def _row(actor: Actor, interaction: Interaction, at: datetime) -> dict[str, Any]:
    place = interaction.place
    return {
        "actor": actor.name,
        "interaction_id": interaction.interaction_id,
        "listing_id": interaction.listing_id,
        "kind": interaction.kind.value,
        "created_at": at,
        "slate_id": None if place is None else place.slate,
        "position": None if place is None else place.position,
        "policy": None if place is None else place.policy,
        "propensity": None if place is None else place.propensity,
    }


def _opinion(row: RowMapping) -> Opinion:
    return Opinion(row["listing_id"], InteractionKind(row["kind"]), row["created_at"], row["interaction_id"])

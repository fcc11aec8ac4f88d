"""What a buyer did, read from PostgreSQL for a recommendation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, select

from drivetrain.adapters.postgres.database import translating
from drivetrain.market.listings.adapters.store import SHOWN_LISTINGS, listing_of
from drivetrain.market.listings.adapters.tables import listings
from drivetrain.market.recommendations.adapters.tables import interactions
from drivetrain.market.recommendations.application.ports import Profile
from drivetrain.market.recommendations.domain.interaction import (
    INTEREST,
    OPINIONS,
    Actor,
    InteractionKind,
)
from drivetrain.market.recommendations.domain.scoring import MOST_SEEN, SeenCar
from drivetrain.market.search.domain.columns import ListedCar

_MOST_OPENED = 500
"""Listings that count as opened before: the latest ones."""

_MOST_OPINIONS = 5_000
_STRONG = frozenset({InteractionKind.LIKE, InteractionKind.CONTACT})


class PostgresProfiles:
    """The port ``Profiles``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, actor: Actor) -> Profile:
        """What is known of an actor, in three statements."""
        columns = interactions.c
        own = and_(columns.actor == actor.name, columns.kind != InteractionKind.IMPRESSION)
        done = select(columns.listing_id, columns.kind).where(own, columns.kind.in_(sorted(INTEREST)))
        latest = done.order_by(columns.created_at.desc()).limit(_MOST_OPENED)
        opinions = (
            select(columns.listing_id, columns.kind)
            .distinct(columns.listing_id)
            .where(own, columns.kind.in_(sorted(OPINIONS)))
            .order_by(columns.listing_id, columns.created_at.desc(), columns.interaction_id.desc())
            .limit(_MOST_OPINIONS)
        )
        with translating(), self._engine.connect() as connection:
            thought = {row.listing_id: InteractionKind(row.kind) for row in connection.execute(opinions)}
            disliked = {each for each, kind in thought.items() if kind is InteractionKind.DISLIKE}
            interest: dict[UUID, set[InteractionKind]] = {}
            for row in connection.execute(latest):
                interest.setdefault(row.listing_id, set()).add(InteractionKind(row.kind))
            last = [each for each in interest if each not in disliked][:MOST_SEEN]
            cars = _cars(connection, last)
        return Profile(
            [
                SeenCar(cars[each], max(map(INTEREST.__getitem__, kinds)), bool(kinds & _STRONG))
                for each in last
                if each in cars
                for kinds in (interest[each],)
            ],
            frozenset(each.hex for each in interest),
            frozenset(each.hex for each in disliked),
        )


def _cars(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, ListedCar]:
    """Listings in any state: what was liked and is sold still says what is liked."""
    if not ids:
        return {}
    rows = connection.execute(SHOWN_LISTINGS.where(listings.c.listing_id.in_(sorted(ids)))).mappings()
    return {row["listing_id"]: ListedCar.of(listing_of(row)) for row in rows}

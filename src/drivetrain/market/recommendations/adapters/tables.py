"""The tables of recommendations as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from drivetrain.adapters.postgres.tables import metadata
from drivetrain.market.listings.adapters.tables import listings

_INSTANT = DateTime(timezone=True)

interactions = Table(
    "interactions",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("interaction_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("slate_id", Uuid),
    Column("position", Integer),
    Column("policy", Text),
    Column("propensity", Double),
    CheckConstraint(
        "kind IN ('view', 'like', 'dislike', 'contact', 'share', 'compare', 'impression')",
        name="interactions_kind",
    ),
    CheckConstraint("kind <> 'impression' OR slate_id IS NOT NULL", name="interactions_of_slates"),
    CheckConstraint(
        "num_nulls(slate_id, position, policy, propensity) IN (0, 4)", name="interactions_whole_slates"
    ),
    Index("interactions_done", "actor", "created_at", postgresql_where=text("kind <> 'impression'")),
    Index("interactions_by_time", "created_at"),
    Index("interactions_by_listing", "listing_id"),
    comment="What people and consenting visitors did with listings. Erased with the person.",
)

recommendation_fits = Table(
    "recommendation_fits",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("fitted_at", _INSTANT, nullable=False),
    Column("buyers", Integer, nullable=False),
    Column("contents", LargeBinary, nullable=False),
    comment="What was learned from interactions: factors of types of cars and counts of views. No buyer stands in it.",
)

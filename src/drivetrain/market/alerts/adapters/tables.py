"""The tables of saved searches and alerts as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from drivetrain.adapters.postgres.tables import metadata
from drivetrain.market.listings.adapters.tables import listings

_INSTANT = DateTime(timezone=True)


def _listing(*, nullable: bool = False, is_key: bool = False) -> Column[object]:
    return Column(
        "listing_id",
        Uuid,
        ForeignKey(listings.c.listing_id, ondelete="CASCADE"),
        nullable=nullable,
        primary_key=is_key,
    )


saved_searches = Table(
    "saved_searches",
    metadata,
    Column("search_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", Text),
    _listing(nullable=True),
    Column("notices", ARRAY(Text), nullable=False),
    Column("drop_amount", Double),
    Column("drop_share", Double),
    Column("frequency", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    CheckConstraint("(filters IS NULL) <> (listing_id IS NULL)", name="saved_searches_filters"),
    CheckConstraint("frequency IN ('instant', 'daily', 'weekly')", name="saved_searches_frequency"),
    Index("saved_searches_by_person", "person_id"),
    Index("saved_searches_by_listing", "listing_id", postgresql_where=text("listing_id IS NOT NULL")),
    comment="Searches that people keep, or listings that they watch, with what they want to be told of them.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Uuid, primary_key=True),
    Column("search_id", Uuid, ForeignKey(saved_searches.c.search_id, ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    _listing(),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("former_price_minor", BigInteger),
    Column("created_at", _INSTANT, nullable=False),
    Column("due_at", _INSTANT, nullable=False),
    Column("told_at", _INSTANT),
    Column("seen_at", _INSTANT),
    CheckConstraint("kind IN ('new_match', 'price_drop', 'back_on_sale', 'under_range')", name="alerts_kind"),
    Index("alerts_once", "search_id", "listing_id", "kind", "revision", unique=True),
    Index("alerts_by_person", "person_id", "alert_id"),
    Index("alerts_by_listing", "listing_id"),
    Index("alerts_due", "due_at", postgresql_where=text("told_at IS NULL")),
    comment="What people want to be told of listings, each once. An alert is told in the transaction that writes its message.",
)

alert_listings = Table(
    "alert_listings",
    metadata,
    _listing(is_key=True),
    Column("is_live", Boolean, nullable=False),
    Column("car", JSONB, nullable=False),
    comment="Listings as the matcher of saved searches last saw them on sale: what a change is a change from.",
)

alert_offsets = Table(
    "alert_offsets",
    metadata,
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
    comment="How far the matcher has read the log of listings; written together with what it found.",
)

"""The tables of stock as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import JSONB

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

stock_sources = Table(
    "stock_sources",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("branch_id", Uuid),
    Column("name", Text, nullable=False),
    Column("mapping_version", Integer, nullable=False, server_default=text("0")),
    Column("digest", Text),
    Column("digest_mapping", Integer, nullable=False, server_default=text("0")),
    Column("confirmed_at", _INSTANT),
    Index(
        "stock_sources_by_owner",
        "company_id",
        "branch_id",
        "name",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    comment="Where tables of dealers come from, the mapping they are read by, and the file that was taken last.",
)

stock_mappings = Table(
    "stock_mappings",
    metadata,
    Column("source_id", Uuid, ForeignKey(stock_sources.c.source_id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("mapping", JSONB, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    comment="How the tables of a source were and are read.",
)

stock_feeds = Table(
    "stock_feeds",
    metadata,
    Column("feed_id", Uuid, primary_key=True),
    Column("source_id", Uuid, ForeignKey(stock_sources.c.source_id, ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("mapping_version", Integer, nullable=False),
    Column("is_preview", Boolean, nullable=False),
    Column("accepted_removals", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", _INSTANT),
    Column("code", Text),
    Column("detail", Text),
    Column("task_id", Uuid),
    Column("report", JSONB),
    CheckConstraint(
        "state IN ('waiting', 'held', 'taken', 'unchanged', 'previewed', 'refused')", name="stock_feeds_state"
    ),
    Index("stock_feeds_by_source", "source_id", "feed_id"),
    comment="Tables that dealers sent, and what came of each.",
)

stock_items = Table(
    "stock_items",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("source_id", Uuid, ForeignKey(stock_sources.c.source_id, ondelete="CASCADE"), nullable=False),
    Column("vin", Text),
    Column("reference", Text),
    Column("likeness", Text, nullable=False),
    Column("odometer_km", Double, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("is_gone", Boolean, nullable=False),
    Index("stock_items_by_source", "source_id"),
    comment="Which listing a car of a dealer's tables is, and a digest of what the last table with it said.",
)

stock_changes = Table(
    "stock_changes",
    metadata,
    Column("feed_id", Uuid, ForeignKey(stock_feeds.c.feed_id, ondelete="CASCADE"), primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    CheckConstraint("kind IN ('new', 'changed', 'back', 'gone')", name="stock_changes_kind"),
    comment="What each feed changed.",
)

stock_pulls = Table(
    "stock_pulls",
    metadata,
    Column("source_id", Uuid, ForeignKey(stock_sources.c.source_id, ondelete="CASCADE"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("every_h", Integer, nullable=False),
    Column("next_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("looked_at", _INSTANT),
    Column("failure", Text),
    CheckConstraint("every_h >= 1", name="stock_pulls_every"),
    Index("stock_pulls_by_time", "next_at"),
    comment="From where the tables of sources are fetched, and when next.",
)

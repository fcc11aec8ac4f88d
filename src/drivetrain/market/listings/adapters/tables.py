"""The tables of listings as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

listings = Table(
    "listings",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("branch_id", Uuid),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("make", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("variant", Text),
    Column("year", Integer, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("distance_unit", Text, nullable=False),
    Column("fuel", Text),
    Column("gearbox", Text),
    Column("engine_size_l", Double),
    Column("power_kw", Double),
    Column("drive", Text),
    Column("body", Text),
    Column("color", Text),
    Column("doors", Integer),
    Column("seats", Integer),
    Column("owners", Integer),
    Column("equipment", Text),
    Column("place", Text),
    Column("country", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("description", Text),
    Column("vin", Text),
    Column("reference", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("live_at", _INSTANT),
    Column("blocked_at", _INSTANT),
    Column("demonstration", Text),
    CheckConstraint("demonstration IN ('published', 'synthetic')", name="listings_demonstration"),
    CheckConstraint("blocked_at IS NULL OR state = 'withdrawn'", name="listings_blocked"),
    CheckConstraint("state IN ('draft', 'live', 'reserved', 'sold', 'withdrawn')", name="listings_state"),
    CheckConstraint(
        "state NOT IN ('live', 'reserved', 'sold') OR live_at IS NOT NULL", name="listings_went_live"
    ),
    CheckConstraint("price_minor >= 0 AND version >= 1", name="listings_price"),
    Index("listings_by_company", "company_id", "listing_id"),
    Index("listings_live", "listing_id", postgresql_where=text("state = 'live'")),
    comment="Cars on offer. The company is part of every query for what not everybody may see.",
)

listing_prices = Table(
    "listing_prices",
    metadata,
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("since", _INSTANT, nullable=False),
    comment="What was asked for a car, each price with the version of its listing that began to ask it.",
)

listing_values = Table(
    "listing_values",
    metadata,
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("model", Text),
    Column("model_version", Text),
    Column("value_minor", BigInteger),
    Column("low_minor", BigInteger),
    Column("high_minor", BigInteger),
    Column("currency", Text),
    Column("rating", Text),
    Column("as_of_year", Integer),
    Column("decision_id", Uuid),
    Column("refusal", Text),
    Column("valued_at", _INSTANT, nullable=False),
    CheckConstraint("(decision_id IS NULL) = (refusal IS NOT NULL)", name="listing_values_refused"),
    comment="What a version of a listing is worth, or why nothing says it; the decision stands in the ledger.",
)

listing_photos = Table(
    "listing_photos",
    metadata,
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), primary_key=True),
    Column("photo_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("text", Text),
    Column("created_at", _INSTANT, nullable=False),
    comment="Photos of listings, by the digest of the file in the store of objects.",
)

listing_reports = Table(
    "listing_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remark", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", _INSTANT),
    Column("decision_remark", Text),
    CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name="listing_reports_state"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="listing_reports_decided"),
    Index("listing_reports_once", "listing_id", "reporter", unique=True),
    Index("listing_reports_open", "report_id", postgresql_where=text("state = 'open'")),
    comment="What people say is wrong with a listing, and what a moderator made of it.",
)

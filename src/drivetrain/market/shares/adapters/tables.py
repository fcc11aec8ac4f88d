"""The table of public links as SQLAlchemy sees it. The migrations make it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Uuid

from drivetrain.adapters.postgres.tables import metadata
from drivetrain.market.listings.adapters.tables import listings

_INSTANT = DateTime(timezone=True)

listing_shares = Table(
    "listing_shares",
    metadata,
    Column("share_id", Uuid, primary_key=True),
    Column("listing_id", Uuid, ForeignKey(listings.c.listing_id, ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("opened", Integer, nullable=False),
    Index("listing_shares_by_digest", "digest", unique=True),
    Index("listing_shares_by_person", "person_id", "listing_id"),
    Index("listing_shares_by_listing", "listing_id"),
    Index("listing_shares_by_end", "expires_at"),
    comment="Public links to listings. Of a token only the hash is kept; how often a page was shown is counted, and by whom "
    "is not.",
)

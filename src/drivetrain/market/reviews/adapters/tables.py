"""The tables of reviews as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

reviews = Table(
    "reviews",
    metadata,
    Column("review_id", Uuid, primary_key=True),
    Column("author_id", Uuid, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("listing_id", Uuid),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("stars", Integer, nullable=False),
    Column("ruled_at", _INSTANT),
    Column("ruled_by", Text),
    Column("rejection", Text),
    Column("ruling_remark", Text),
    Column("answer", Text),
    Column("answered_at", _INSTANT),
    Column("answered_by", Text),
    CheckConstraint("state IN ('pending', 'published', 'rejected')", name="reviews_state"),
    CheckConstraint("(state = 'pending') = (ruled_at IS NULL)", name="reviews_ruled"),
    CheckConstraint("(state = 'rejected') = (rejection IS NOT NULL)", name="reviews_rejected"),
    CheckConstraint("stars BETWEEN 1 AND 5 AND version >= 1", name="reviews_stars"),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="reviews_answered"),
    Index(
        "reviews_of_dealer_once",
        "author_id",
        "company_id",
        unique=True,
        postgresql_where=text("listing_id IS NULL"),
    ),
    Index(
        "reviews_of_car_once",
        "author_id",
        "listing_id",
        unique=True,
        postgresql_where=text("listing_id IS NOT NULL"),
    ),
    Index("reviews_by_company", "company_id", "review_id"),
    Index("reviews_by_listing", "listing_id", "review_id"),
    Index("reviews_pending", "review_id", postgresql_where=text("state = 'pending'")),
    comment="What people say of dealers and cars; no listing: of the dealer.",
)

review_versions = Table(
    "review_versions",
    metadata,
    Column("review_id", Uuid, ForeignKey(reviews.c.review_id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("author_id", Uuid, nullable=False),
    Column("stars", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", _INSTANT, nullable=False),
    Index("review_versions_by_author", "author_id"),
    comment="All that the author of a review wrote; the last version counts.",
)

review_reports = Table(
    "review_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("review_id", Uuid, ForeignKey(reviews.c.review_id, ondelete="CASCADE"), nullable=False),
    Column("reporter", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remark", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("closed_at", _INSTANT),
    Index("review_reports_once", "review_id", "reporter", unique=True),
    Index("review_reports_open", "review_id", postgresql_where=text("closed_at IS NULL")),
    comment="What people say is wrong with a published review; closed when a moderator rules on it.",
)

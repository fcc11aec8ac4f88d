"""The tables of conversations as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", Uuid, primary_key=True),
    Column("buyer_id", Uuid, nullable=False),
    Column("company_id", Uuid),
    Column("branch_id", Uuid),
    Column("listing_id", Uuid),
    Column("created_at", _INSTANT, nullable=False),
    Column("last_at", _INSTANT, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("buyer_read", Integer, nullable=False),
    Column("answering_read", Integer, nullable=False),
    Column("closed_at", _INSTANT),
    CheckConstraint("(company_id IS NULL) = (listing_id IS NULL)", name="conversations_about"),
    CheckConstraint(
        "buyer_read BETWEEN 0 AND messages AND answering_read BETWEEN 0 AND messages",
        name="conversations_read",
    ),
    Index(
        "conversations_of_listing",
        "buyer_id",
        "listing_id",
        unique=True,
        postgresql_where=text("listing_id IS NOT NULL"),
    ),
    Index("conversations_with_support", "buyer_id", unique=True, postgresql_where=text("listing_id IS NULL")),
    Index("conversations_by_buyer", "buyer_id", "last_at"),
    Index("conversations_by_company", "company_id", "last_at"),
    Index("conversations_by_age", "last_at"),
    comment="Who talks with whom about which listing; no company: with the support of the platform.",
)

conversation_messages = Table(
    "conversation_messages",
    metadata,
    Column(
        "conversation_id",
        Uuid,
        ForeignKey(conversations.c.conversation_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("side", Text, nullable=False),
    Column("author", Text),
    Column("text", Text, nullable=False),
    Column("photos", ARRAY(Text), nullable=False),
    Column("facts", JSONB(none_as_null=True)),
    Column("sent_at", _INSTANT, nullable=False),
    CheckConstraint("side IN ('buyer', 'dealer', 'support')", name="conversation_messages_side"),
    CheckConstraint("(author IS NULL) = (facts IS NOT NULL)", name="conversation_messages_automatic"),
    comment="What was written; a message without an author was written by itself.",
)

conversation_photos = Table(
    "conversation_photos",
    metadata,
    Column(
        "conversation_id",
        Uuid,
        ForeignKey(conversations.c.conversation_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("side", Text, primary_key=True),
    Column("photo_id", Text, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("position", Integer),
    Column("created_at", _INSTANT, nullable=False),
    comment="Photos of conversations, with the message that shows them; none yet where it is null.",
)

conversation_blocks = Table(
    "conversation_blocks",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("blocked_by", Text, nullable=False),
    Column("blocked_at", _INSTANT, nullable=False),
    comment="Who takes no messages from whom; the side is that which has blocked the other one.",
)

conversation_presence = Table(
    "conversation_presence",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("seen_at", _INSTANT, nullable=False),
    comment="When somebody of a dealer read or wrote last, to the minute.",
)

conversation_reports = Table(
    "conversation_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column(
        "conversation_id",
        Uuid,
        ForeignKey(conversations.c.conversation_id, ondelete="CASCADE"),
        nullable=False,
    ),
    Column("reporter", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remark", Text),
    Column("created_at", _INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", _INSTANT),
    Column("decision_remark", Text),
    CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name="conversation_reports_state"),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="conversation_reports_decided"),
    Index("conversation_reports_once", "conversation_id", "reporter", unique=True),
    Index("conversation_reports_open", "report_id", postgresql_where=text("state = 'open'")),
    comment="What people say is wrong with a conversation, and what a moderator made of it.",
)

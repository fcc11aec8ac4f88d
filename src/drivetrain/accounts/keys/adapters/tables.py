"""The tables of keys as SQLAlchemy sees them. Migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", _INSTANT),
    Column("revoked_at", _INSTANT),
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE")),
    Column("company_id", Uuid),
    Column("branch_id", Uuid),
    Index(
        "api_keys_live_name",
        "person_id",
        "name",
        unique=True,
        postgresql_where=text("revoked_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
    Index("api_keys_by_person", "person_id"),
    comment="The digest is an HMAC; the key itself is stored nowhere.",
)

key_uses = Table(
    "key_uses",
    metadata,
    Column("key_id", Text, ForeignKey(api_keys.c.key_id, ondelete="CASCADE"), primary_key=True),
    Column("last_used_at", _INSTANT, nullable=False),
    comment="When a key was last used, to the minute.",
)

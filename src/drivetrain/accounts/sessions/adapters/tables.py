"""The tables of sessions as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), nullable=False),
    Column("company_id", Uuid),
    Column("branch_id", Uuid),
    Column("created_at", _INSTANT, nullable=False),
    Column("last_seen_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("method", Text, nullable=False),
    Column("has_second_factor", Boolean, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    UniqueConstraint("digest", name="sessions_digest"),
    Index("sessions_by_person", "person_id"),
    comment="Ended sessions are deleted. The digest is an HMAC; the cookie itself is stored nowhere.",
)

identities = Table(
    "identities",
    metadata,
    Column("identity_id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("linked_at", _INSTANT, nullable=False),
    Column("last_used_at", _INSTANT, nullable=False),
    UniqueConstraint("issuer", "subject", name="identities_subject"),
    UniqueConstraint("person_id", "issuer", name="identities_person"),
    comment="Accounts at identity providers. Issuer and subject name one for ever; addresses and names are not kept here.",
)

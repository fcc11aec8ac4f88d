"""The tables of people as SQLAlchemy sees them. The migrations make them; a test holds the two together.

Names and addresses of people stand here and nowhere else: everything that outlives an account holds the id alone.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

people = Table(
    "people",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("password_hash", Text),
    Column("password_set_at", _INSTANT),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("verified_at", _INSTANT),
    Column("deactivated_at", _INSTANT),
    UniqueConstraint("email_key", name="people_email_key"),
    comment="Whoever may sign in. Erasing a person deletes the row and all that refers to it.",
)

roles_held = Table(
    "roles_held",
    metadata,
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("company_id", Uuid),
    Column("branch_id", Uuid),
    Column("granted_at", _INSTANT, nullable=False),
    Column("granted_by", Text, nullable=False),
    CheckConstraint("branch_id IS NULL OR company_id IS NOT NULL", name="branch_has_its_company"),
    UniqueConstraint(
        "person_id",
        "role",
        "company_id",
        "branch_id",
        name="roles_held_once",
        postgresql_nulls_not_distinct=True,
    ),
    Index("roles_held_by_company", "company_id"),
    comment="A role without a company is held on the whole platform.",
)

one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    Column("token_id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("used_at", _INSTANT),
    Index("one_time_tokens_by_person", "person_id", "purpose"),
    comment="Links good for one use. The link is derived from the row and a key of the installation, and not stored.",
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("confirmed_at", _INSTANT),
    Column("last_step", BigInteger, nullable=False),
    comment="Secrets of one-time codes (TOTP), sealed with a key of the installation.",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", Uuid, ForeignKey(second_factors.c.person_id, ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("used_at", _INSTANT),
    comment="Codes that take the place of the second factor once each; keyed hashes.",
)

"""The table of dead events as SQLAlchemy sees it. The migrations make it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

dead_events = Table(
    "dead_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("log_offset", BigInteger, nullable=False),
    Column("appended_at", _INSTANT, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("code", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    Column("noted_at", _INSTANT, nullable=False, server_default=func.now()),
    UniqueConstraint("topic", "part", "log_offset", "appended_at", name="dead_events_once"),
    comment="Events of the log that are none of their kind, with the reason: each once, however many workers read it.",
)

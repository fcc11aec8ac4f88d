"""The tables of the rental buffer as SQLAlchemy sees them.

Migration m0002 makes them; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSON

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

analyses = Table(
    "buffer_analyses",
    metadata,
    Column("analysis_id", Uuid(as_uuid=False), primary_key=True),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    Column("is_standing", Boolean, nullable=False),
    Column("method", Integer, nullable=False),
    Column(
        "status",
        Text,
        CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name="status_is_known"),
        nullable=False,
    ),
    Column("stage", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("heartbeat_at", _INSTANT, nullable=False),
    Column("finished_at", _INSTANT),
    Column("error", JSON(none_as_null=True)),
    Column("record", JSON(none_as_null=True)),
    Column("working", LargeBinary),
    Index("buffer_analyses_by_table", "sha256", "created_at", postgresql_where=text("is_standing")),
    comment="One row per analysis of a table of rentals; record is what readers see.",
)

policies = Table(
    "buffer_policies",
    metadata,
    Column(
        "version", Integer, CheckConstraint("version >= 1", name="version_counts_from_one"), primary_key=True
    ),
    Column(
        "connect_min",
        Integer,
        CheckConstraint("connect_min BETWEEN 0 AND 720", name="connect_in_range"),
        nullable=False,
    ),
    Column(
        "mobile_min",
        Integer,
        CheckConstraint("mobile_min BETWEEN 0 AND 720", name="mobile_in_range"),
        nullable=False,
    ),
    Column(
        "shift_up_to_min",
        Integer,
        CheckConstraint("shift_up_to_min BETWEEN 0 AND 720", name="shift_in_range"),
        nullable=False,
    ),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("effective_from", _INSTANT, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("analysis_id", Uuid(as_uuid=False), ForeignKey(analyses.c.analysis_id)),
    comment="Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.",
)

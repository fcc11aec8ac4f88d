"""The table of the trail as SQLAlchemy sees it. The migration makes it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSON

from drivetrain.adapters.postgres.tables import metadata

audit_lines = Table(
    "audit_lines",
    metadata,
    Column(
        "position",
        BigInteger,
        CheckConstraint("position >= 1", name="audit_counts_from_one"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("origin", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("company", Uuid),
    Column("detail", JSON, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index("audit_lines_by_actor", "actor", "position"),
    Index("audit_lines_by_object", "object", "position"),
    Index("audit_lines_by_company", "company", "position"),
    comment="Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. mac chains each line to the one before.",
)

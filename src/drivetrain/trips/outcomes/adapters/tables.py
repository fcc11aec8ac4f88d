"""The table of trip outcomes as SQLAlchemy sees it.

Migration m0005 makes it; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Double, Index, Table, Text, Uuid

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

trip_outcomes = Table(
    "trip_outcomes",
    metadata,
    Column("trip_id", Uuid, primary_key=True),
    Column(
        "duration_min",
        Double,
        CheckConstraint("duration_min > 0 AND duration_min <= 1440", name="duration_is_possible"),
        comment="As reported; NULL where the end was.",
    ),
    Column("ended_at", _INSTANT, comment="As reported; NULL where the duration was."),
    Column("reported_at", _INSTANT, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column(
        "is_synthetic", Boolean, nullable=False, comment="True for durations that were drawn, not driven."
    ),
    CheckConstraint("num_nonnulls(duration_min, ended_at) = 1", name="said_in_one_way"),
    Index("trip_outcomes_by_report", "reported_at", postgresql_using="brin"),
    comment="Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.",
)

"""The table of parity as SQLAlchemy sees it. The migrations make it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, func
from sqlalchemy.dialects.postgresql import JSONB

from drivetrain.adapters.postgres.tables import metadata

feature_parity = Table(
    "feature_parity",
    metadata,
    Column("checked_at", DateTime(timezone=True), primary_key=True, server_default=func.now()),
    Column("report", JSONB, nullable=False),
    comment="How far features of decisions agree with what the log gives up to the offsets that they had seen.",
)

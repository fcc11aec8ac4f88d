"""The table of leagues as SQLAlchemy sees it. The migrations make it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from drivetrain.adapters.postgres.tables import metadata

leagues = Table(
    "dispatch_leagues",
    metadata,
    Column("version", Text, primary_key=True),
    Column("city", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("league", JSONB, nullable=False),
    comment="Policies beside each other in simulated cities, as they were kept; never changed.",
)

"""The tables of events as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Index, Table, Text

from drivetrain.adapters.postgres.tables import metadata

ride_requests = Table(
    "ride_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("rider_id", Text, nullable=False),
    Column("origin_latitude", Double, nullable=False),
    Column("origin_longitude", Double, nullable=False),
    Column("destination_latitude", Double),
    Column("destination_longitude", Double),
    Column("preferred_vehicle", Text, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    CheckConstraint(
        "(destination_latitude IS NULL) = (destination_longitude IS NULL)", name="ride_requests_destination"
    ),
    Index("ride_requests_by_time", "received_us"),
    comment="As riders made them; where they are is personal, and rows are removed with the events of their day.",
)

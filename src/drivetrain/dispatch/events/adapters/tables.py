"""The tables of events as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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

topic_positions = Table(
    "topic_positions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    comment="How far each partition of a topic outside of the platform is read; moved with what its messages change.",
)

dead_messages = Table(
    "dead_messages",
    metadata,
    Column("dead_id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("message_offset", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("set_aside_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    UniqueConstraint("source", "part", "message_offset", name="dead_messages_by_place"),
    Index("dead_messages_by_time", "set_aside_at"),
    comment="Messages of such topics that are no events, and why; removed with the events of their day.",
)

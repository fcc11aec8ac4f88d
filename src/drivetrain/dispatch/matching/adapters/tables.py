"""The tables of holds as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Table, Text, Uuid

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)

driver_holds = Table(
    "driver_holds",
    metadata,
    Column("driver_id", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("offer_id", Uuid, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", _INSTANT, nullable=False),
    comment="Who holds which driver: the primary key is why nobody is ever held twice. A row whose time is over holds "
    "nobody.",
)

ride_offers = Table(
    "ride_offers",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("offer_id", Uuid, nullable=False),
    Column("driver_id", Text, nullable=False),
    Column("rider_id", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    comment="The last offer of each request. While it has not expired there is no other one.",
)

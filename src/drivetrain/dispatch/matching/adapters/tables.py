"""The tables of holds and rides as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

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
    Index("driver_holds_by_end", "until"),
    comment="Who holds which driver: the primary key is why nobody is ever held twice. A row whose time is over holds "
    "nobody.",
)

rides = Table(
    "rides",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("offer_id", Uuid),
    Column("driver_id", Text),
    Column("rider_id", Text, nullable=False),
    Column("fence", BigInteger),
    Column("expires_at", _INSTANT),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    Column("requested_at", _INSTANT, nullable=False, server_default=text("now()")),
    Index("rides_by_change", "changed_at"),
    Index("rides_by_state", "state", "changed_at", "request_id"),
    Index("rides_offered", "expires_at", postgresql_where=text("state = 'offered'")),
    Index("rides_waiting", "requested_at", postgresql_where=text("state = 'requested'")),
    Index(
        "rides_one_of_a_driver",
        "driver_id",
        unique=True,
        postgresql_where=text("state IN ('accepted', 'picked_up')"),
    ),
    comment="Where each request stands, and its last offer. While an offer has not expired there is no other one.",
)

match_leases = Table(
    "match_leases",
    metadata,
    Column("city", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("tenure", BigInteger, nullable=False),
    Column("until", _INSTANT, nullable=False),
    comment="Which process matches the waiting riders of a city, and until when it keeps it without a word. Tenures "
    "count up.",
)

ride_steps = Table(
    "ride_steps",
    metadata,
    Column("request_id", Text, ForeignKey(rides.c.request_id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("driver_id", Text),
    Column("fence", BigInteger),
    Column("actor", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Index("ride_steps_by_time", "at"),
    comment="The states that a request came to, in their order.",
)

ride_refusals = Table(
    "ride_refusals",
    metadata,
    Column("request_id", Text, ForeignKey(rides.c.request_id, ondelete="CASCADE"), primary_key=True),
    Column("driver_id", Text, primary_key=True),
    comment="Who declined a ride, and is not offered it again.",
)

policy_releases = Table(
    "dispatch_policy_releases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("policy", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("returns_to", Integer),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("released_at", _INSTANT, nullable=False),
    Column("league", JSONB, nullable=False),
    comment="Policies of windows as they came into force, with what the league said of them; never changed.",
)

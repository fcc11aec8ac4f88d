"""The tables of the scheduled scoring as SQLAlchemy sees them.

Migrations m0004, m0006 and m0007 make them; a test compares them.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)
_EMPTY = text("''")

trip_slots = Table(
    "trip_slots",
    metadata,
    Column("slot_at", _INSTANT, primary_key=True, comment="Begin of the slot; it is due length_min later."),
    Column(
        "length_min",
        Integer,
        CheckConstraint("length_min > 0 AND 60 % length_min = 0", name="length_divides_an_hour"),
        nullable=False,
    ),
    Column(
        "origin",
        Text,
        CheckConstraint("origin IN ('schedule', 'request')", name="origin_is_known"),
        nullable=False,
        comment="Whether the schedule owes it, or somebody asked for it.",
    ),
    Column(
        "state",
        Text,
        CheckConstraint(
            "state IN ('due', 'running', 'done', 'late', 'caught_up', 'missed')", name="state_is_known"
        ),
        nullable=False,
    ),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How often it was claimed; the number of a claim is its fencing token.",
    ),
    Column("owner", Text, nullable=False, server_default=_EMPTY),
    Column(
        "held_until",
        _INSTANT,
        comment="End of the lease, or of the pause after a failure; by the clock of the database.",
    ),
    Column("rows", Integer, comment="Rides written; NULL until they are."),
    Column("model_version", Text, nullable=False, server_default=_EMPTY),
    Column("source", Text, nullable=False, server_default=_EMPTY),
    Column("created_at", _INSTANT, nullable=False, server_default=func.now()),
    Column("started_at", _INSTANT),
    Column("done_at", _INSTANT),
    Column(
        "error",
        Text,
        nullable=False,
        server_default=_EMPTY,
        comment="Code of what ended the last attempt; empty when it went well.",
    ),
    Column("remark", Text, nullable=False, server_default=_EMPTY),
    Column(
        "outcomes_at",
        _INSTANT,
        comment="When its source was asked how long its rides took; NULL before that.",
    ),
    Column(
        "fingerprint",
        Text,
        nullable=False,
        server_default=_EMPTY,
        comment="Of its rides as they were scored; empty for slots scored before it was kept.",
    ),
    comment="One row per slot; written together with the rides of the slot, or not at all.",
)

ride_predictions = Table(
    "ride_predictions",
    metadata,
    Column(
        "trip_id",
        Uuid,
        primary_key=True,
        comment="UUID version 8: instant of the slot, and number of the ride in it.",
    ),
    Column(
        "pickup_community_area",
        SmallInteger,
        nullable=False,
        comment="1 to 77; 0 outside the city, or unknown.",
    ),
    Column(
        "dropoff_community_area",
        SmallInteger,
        nullable=False,
        comment="1 to 77; 0 outside the city, or unknown.",
    ),
    Column("trip_start_timestamp", _INSTANT, nullable=False),
    Column("fare", Double, comment="USD."),
    Column("trip_total", Double, comment="USD."),
    Column("trip_miles", Double, comment="Driven, miles."),
    Column("predicted_duration", Double, nullable=False, comment="Minutes."),
    Column("predicted_low", Double, nullable=False, comment="Lower end of the range, minutes."),
    Column("predicted_high", Double, nullable=False, comment="Upper end of the range, minutes."),
    Column("model_version", Text, nullable=False),
    Column("slot_at", _INSTANT, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Index("ride_predictions_by_slot", "slot_at", postgresql_using="brin"),
    comment="Rides scored on the schedule, once each.",
)

trip_scorers = Table(
    "trip_scorers",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("seen_at", _INSTANT, nullable=False),
    Column("scheduler", Text, nullable=False),
    Column(
        "why",
        Text,
        nullable=False,
        comment="Why the scheduler is not the one that was asked for; empty when it is.",
    ),
    comment="Processes that score on the schedule; rows of those that ended are removed.",
)

"""The tables as SQLAlchemy sees them. The migrations make them; a test holds the two together.

Everything of ours stands in schema ``drivetrain``. In the same database schema ``mlflow`` belongs to MLflow, and
``procrastinate`` to the queue of background tasks.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

SCHEMA = "drivetrain"

metadata = MetaData(schema=SCHEMA)

_INSTANT = DateTime(timezone=True)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("decided_at", _INSTANT, nullable=False),
    Column("product", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    # json and not jsonb: the text stays as it was answered, byte by byte.
    Column("input", JSON, nullable=False),
    Column("features", ARRAY(Double), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("latency_us", Integer, nullable=False),
    Index("decisions_by_model", "model", "decided_at"),
    Index(
        "decisions_by_block",
        *("decision_id", "product", "model", "version", "caller"),
        postgresql_using="brin",
        postgresql_ops={
            "decision_id": "uuid_minmax_ops",
            **dict.fromkeys(("product", "model", "version"), "text_bloom_ops(n_distinct_per_range=16)"),
            "caller": "text_bloom_ops(n_distinct_per_range=64)",
        },
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    ),
    comment="Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.",
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("decision_id", Uuid, ForeignKey(decisions.c.decision_id), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Double, nullable=False),
    Column("observed_at", _INSTANT, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False, server_default=func.now()),
    comment="Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.",
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("model", Text, primary_key=True),
    Column(
        "version",
        Text,
        CheckConstraint("version ~ '^[1-9][0-9]{0,17}$'", name="version_is_a_number"),
        primary_key=True,
    ),
    Column("created_at", _INSTANT, nullable=False),
    Column("location", Text, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("metrics", JSONB, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("dataset", JSONB, nullable=False),
    Column("is_synthetic", Boolean, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("task_id", Text, nullable=False, server_default=""),
    Index("model_versions_of_task", "model", "task_id", unique=True, postgresql_where=text("task_id <> ''")),
)

model_releases = Table(
    "model_releases",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("model", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("version", Text),
    Column("previous", Text),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by_gate", Boolean, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("share", Double, nullable=False, server_default=text("0")),
    ForeignKeyConstraint(["model", "version"], [model_versions.c.model, model_versions.c.version]),
    ForeignKeyConstraint(["model", "previous"], [model_versions.c.model, model_versions.c.version]),
    Index("model_releases_last", "model", "alias", "id"),
    comment="Append-only; the last line of a model and alias says what is live.",
)

model_approvals = Table(
    "model_approvals",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column(
        "after_release",
        BigInteger,
        nullable=False,
        comment="The last release of the champion before it; 0 for none.",
    ),
    ForeignKeyConstraint(["model", "version"], [model_versions.c.model, model_versions.c.version]),
    comment="Append-only: who wants a version to be champion.",
)

shadow_answers = Table(
    "shadow_answers",
    metadata,
    Column("decision_id", Uuid, ForeignKey(decisions.c.decision_id), primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Text, primary_key=True),
    Column("answer", JSON, comment="NULL when the version failed."),
    Column("latency_us", Integer, nullable=False),
    Column("answered_at", _INSTANT, nullable=False),
    Index("shadow_answers_by_version", "model", "version", "answered_at"),
    comment="What the version that did not answer would have said.",
)

worker_states = Table(
    "worker_states",
    metadata,
    Column("worker_id", Uuid, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("seen_at", _INSTANT, nullable=False),
    Column("serving", JSONB, nullable=False, comment="Version by model."),
    comment="What each API process serves; rows of processes that ended are removed.",
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("key", Text),
    Column("lock", Text),
    Column("actor", Text, nullable=False),
    Column(
        "state",
        Text,
        CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="task_state_is_known"
        ),
        nullable=False,
    ),
    Column(
        "job_id",
        BigInteger,
        nullable=False,
        comment="Of the job in the queue of procrastinate that stands for it now.",
    ),
    Column("created_at", _INSTANT, nullable=False, server_default=func.now()),
    Column("due_at", _INSTANT, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("worker", Text),
    Column("started_at", _INSTANT),
    Column("heartbeat_at", _INSTANT),
    Column("finished_at", _INSTANT),
    Column("stage", Text, nullable=False, server_default=text("''")),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger, nullable=False, server_default=text("0")),
    Column("unit", Text, nullable=False, server_default=text("''")),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("error_code", Text),
    Column("error_detail", Text),
    Column("result", JSON),
    Index("tasks_key", "name", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
    Index("tasks_by_state", "state", "task_id"),
    Index("tasks_by_name", "name", "task_id"),
    comment="What became of each background task; finished ones are removed after a while.",
)

task_workers = Table(
    "task_workers",
    metadata,
    Column("worker_id", Uuid, primary_key=True),
    Column("queue_worker_id", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("queues", ARRAY(Text), nullable=False, comment="Which they serve; empty for all."),
    Column("started_at", _INSTANT, nullable=False, server_default=func.now()),
    Column("seen_at", _INSTANT, nullable=False),
    Column("running", Integer, nullable=False),
    comment="The processes that do tasks; rows of those that ended are removed.",
)

rate_hits = Table(
    "rate_hits",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("ends_at", _INSTANT, nullable=False),
    Index("rate_hits_by_end", "ends_at"),
    comment="Counted while Redis is away; rows whose window is over are removed.",
)

revisions = Table(
    "revisions",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    comment="Counts the changes of each subject (models, keys); triggers keep it.",
)

changes = Table(
    "changes",
    metadata,
    Column(
        "transaction",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Its full id (xid8): readers compare it with the snapshot they have seen.",
    ),
    Column("topic", Text, primary_key=True),
    Column(
        "owner_id",
        Uuid,
        primary_key=True,
        comment="The person or the company that it belongs to; zeros for the platform.",
    ),
    Column(
        "noted_at",
        _INSTANT,
        nullable=False,
        server_default=func.clock_timestamp(),
        comment="When the line was written, not when its transaction began: it is kept from then on.",
    ),
    comment="A line for each topic and owner that a transaction has changed; triggers write it, "
    "and old lines are removed.",
)

event_heads = Table(
    "event_heads",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
    comment="The next offset of each partition. Its row is locked until the events commit, so that offsets appear in "
    "their order.",
)

events = Table(
    "events",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("log_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("appended_at", _INSTANT, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Index("events_by_time", "appended_at", postgresql_using="brin"),
    comment="What happened, in the order of each partition of a topic. Its partitions are days, UTC, made when they begin.",
    postgresql_partition_by="RANGE (appended_at)",
)

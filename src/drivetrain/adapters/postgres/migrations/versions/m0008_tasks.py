"""Background tasks: our record of each, and the queue of procrastinate in a schema of its own."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    from psycopg import Connection

revision = "m0008"
down_revision = "m0007"
branch_labels = None
depends_on = None

SCHEMA = "procrastinate"
UP_TO = "03.10"
"""Later files of the package belong to a later migration of ours."""

TASKS = """
CREATE TABLE drivetrain.tasks (
    task_id uuid PRIMARY KEY,
    name text NOT NULL,
    queue text NOT NULL,
    arguments json NOT NULL,
    key text,
    lock text,
    actor text NOT NULL,
    state text NOT NULL,
    job_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    worker text,
    started_at timestamptz,
    heartbeat_at timestamptz,
    finished_at timestamptz,
    stage text NOT NULL DEFAULT '',
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    unit text NOT NULL DEFAULT '',
    cancel_requested boolean NOT NULL DEFAULT false,
    error_code text,
    error_detail text,
    result json,
    CONSTRAINT task_state_is_known CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
);
CREATE UNIQUE INDEX tasks_key ON drivetrain.tasks (name, key) WHERE key IS NOT NULL;
CREATE INDEX tasks_by_state ON drivetrain.tasks (state, task_id);
CREATE INDEX tasks_by_name ON drivetrain.tasks (name, task_id);
COMMENT ON TABLE drivetrain.tasks IS 'What became of each background task; finished ones are removed after a while.';
COMMENT ON COLUMN drivetrain.tasks.job_id IS 'Of the job in the queue of procrastinate that stands for it now.';

CREATE TABLE drivetrain.task_workers (
    worker_id uuid PRIMARY KEY,
    queue_worker_id bigint NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    queues text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL,
    running integer NOT NULL
);
COMMENT ON TABLE drivetrain.task_workers IS 'The processes that do tasks; rows of those that ended are removed.';
COMMENT ON COLUMN drivetrain.task_workers.queues IS 'Which they serve; empty for all.';
"""

# Their bodies name tables without a schema, and our connections look for those in ``public``.
OWN_PATH = f"""
DO $$
DECLARE routine regprocedure;
BEGIN
    FOR routine IN SELECT oid FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path TO {SCHEMA}, pg_temp', routine);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    """Add the queue and our tables beside it."""
    driver = cast("Connection[object]", op.get_bind().connection.driver_connection)
    run = driver.execute  # as written: percent signs and colons mean nothing, and a file has many statements
    run(f"CREATE SCHEMA {SCHEMA}; SET LOCAL search_path TO {SCHEMA}".encode())
    for file in sorted(files("procrastinate.sql.migrations").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql") and file.name < UP_TO:
            run(file.read_bytes())
    run(f"SET LOCAL search_path TO public; {OWN_PATH}".encode())
    op.execute(TASKS)


def downgrade() -> None:
    """Drop them, with everything that waits."""
    for table in ("tasks", "task_workers"):
        op.execute(f"DROP TABLE drivetrain.{table}")
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")

"""What has changed, by topic, for pages that are open."""

from alembic import op

revision = "m0011"
down_revision = "m0010"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TABLE drivetrain.changes (
    transaction bigint NOT NULL,
    topic text NOT NULL,
    owner_id uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transaction, topic, owner_id)
);
COMMENT ON TABLE drivetrain.changes IS
    'A line for each topic and owner that a transaction has changed; triggers write it, and old lines are removed.';
COMMENT ON COLUMN drivetrain.changes.transaction IS
    'Its full id (xid8): readers compare it with the snapshot they have seen.';
COMMENT ON COLUMN drivetrain.changes.owner_id IS
    'The person or the company that it belongs to; zeros for the platform.';
COMMENT ON COLUMN drivetrain.changes.noted_at IS
    'When the line was written, not when its transaction began: it is kept from then on.';

CREATE FUNCTION drivetrain.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- The first argument is the topic, the second the column that holds the owner, where the topic has owners.
DECLARE
    owner uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    IF TG_NARGS > 1 THEN
        owner := (to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[1])::uuid;
        IF owner IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO drivetrain.changes (transaction, topic, owner_id)
    VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], owner)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

# A heartbeat alone is no change, here and below.
TASKS = """
CREATE TRIGGER noted AFTER INSERT OR DELETE ON drivetrain.tasks
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('tasks');
CREATE TRIGGER noted_update AFTER UPDATE ON drivetrain.tasks FOR EACH ROW WHEN (
    (OLD.state, OLD.attempts, OLD.due_at, OLD.stage, OLD.done, OLD.total, OLD.cancel_requested)
    IS DISTINCT FROM (NEW.state, NEW.attempts, NEW.due_at, NEW.stage, NEW.done, NEW.total, NEW.cancel_requested)
) EXECUTE FUNCTION drivetrain.note_change('tasks');
CREATE TRIGGER noted_table AFTER UPDATE ON drivetrain.tasks FOR EACH ROW
    WHEN (NEW.name = 'tables.add' AND NEW.state = 'succeeded' AND OLD.state <> 'succeeded')
    EXECUTE FUNCTION drivetrain.note_change('tables');
"""

TOPICS = {
    "model_versions": "models",
    "model_releases": "models",
    "model_approvals": "models",
    "buffer_policies": "policies",
}

BEATING = {
    "trip_slots": (
        "slots",
        ("state", "origin", "attempts", "rows", "model_version", "done_at", "error", "remark"),
    ),
    "buffer_analyses": ("analyses", ("status", "stage", "done", "total", "is_synthetic", "finished_at")),
}
"""Topic of each table whose rows have heartbeats, and the columns that a page shows."""


def upgrade() -> None:
    """Make the log, and have changes noted."""
    op.execute(CHANGES)
    op.execute(TASKS)
    for table, topic in TOPICS.items():
        op.execute(
            f"CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('{topic}')"
        )
    for table, (topic, columns) in BEATING.items():
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
        op.execute(
            f"CREATE TRIGGER noted AFTER INSERT OR DELETE ON drivetrain.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('{topic}')"
        )
        op.execute(
            f"CREATE TRIGGER noted_update AFTER UPDATE ON drivetrain.{table} "
            f"FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) "
            f"EXECUTE FUNCTION drivetrain.note_change('{topic}')"
        )


def downgrade() -> None:
    """Drop it."""
    for table in (*TOPICS, *BEATING):
        op.execute(f"DROP TRIGGER noted ON drivetrain.{table}")
    for table in BEATING:
        op.execute(f"DROP TRIGGER noted_update ON drivetrain.{table}")
    op.execute(
        "DROP TRIGGER noted ON drivetrain.tasks; DROP TRIGGER noted_update ON drivetrain.tasks; "
        "DROP TRIGGER noted_table ON drivetrain.tasks"
    )
    op.execute("DROP TABLE drivetrain.changes")
    op.execute("DROP FUNCTION drivetrain.note_change()")

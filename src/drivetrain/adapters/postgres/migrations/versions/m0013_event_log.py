"""The log of events, a partition of the table for each day."""

from alembic import op

revision = "m0013"
down_revision = "m0012"
branch_labels = None
depends_on = None

HEADS = """
CREATE TABLE drivetrain.event_heads (
    topic text NOT NULL,
    part smallint NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (topic, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE drivetrain.event_heads IS
    'The next offset of each partition. Its row is locked until the events commit, so that offsets appear in their order.';
"""

EVENTS = """
CREATE TABLE drivetrain.events (
    topic text NOT NULL,
    part smallint NOT NULL,
    log_offset bigint NOT NULL,
    key text NOT NULL,
    appended_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (topic, part, log_offset, appended_at)
) PARTITION BY RANGE (appended_at);
CREATE INDEX events_by_time ON drivetrain.events USING brin (appended_at);
COMMENT ON TABLE drivetrain.events IS
    'What happened, in the order of each partition of a topic. Its partitions are days, UTC, made when they begin.';
"""

DAYS = """
CREATE FUNCTION drivetrain.add_event_days() RETURNS date LANGUAGE plpgsql AS $$
-- Makes the partitions of today and tomorrow, UTC; gives tomorrow.
DECLARE
    day date;
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    FOR day IN SELECT today + n FROM generate_series(0, 1) AS n LOOP
        IF NOT EXISTS (
            SELECT FROM pg_catalog.pg_tables
            WHERE schemaname = 'drivetrain' AND tablename = 'events_' || to_char(day, 'YYYYMMDD')
        ) THEN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS drivetrain.%I PARTITION OF drivetrain.events FOR VALUES FROM (%L) TO (%L)',
                'events_' || to_char(day, 'YYYYMMDD'), day || ' 00:00+00', (day + 1) || ' 00:00+00'
            );
        END IF;
    END LOOP;
    RETURN today + 1;
END $$;
"""


def upgrade() -> None:
    """Make the tables and the function."""
    for statements in (HEADS, EVENTS, DAYS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION drivetrain.add_event_days()")
    op.execute("DROP TABLE drivetrain.events")
    op.execute("DROP TABLE drivetrain.event_heads")

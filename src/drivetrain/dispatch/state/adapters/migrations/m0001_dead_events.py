"""Events of the log that nobody can read, set aside with the reason."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

DEAD_EVENTS = """
CREATE TABLE drivetrain.dead_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    part smallint NOT NULL,
    log_offset bigint NOT NULL,
    appended_at timestamptz NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    code text NOT NULL,
    pointer text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dead_events_once UNIQUE (topic, part, log_offset, appended_at)
);
COMMENT ON TABLE drivetrain.dead_events IS
    'Events of the log that are none of their kind, with the reason: each once, however many workers read it.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(DEAD_EVENTS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.dead_events")

"""Topics outside of the platform: how far they are read, and their messages that are no events."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

POSITIONS = """
CREATE TABLE drivetrain.topic_positions (
    source text,
    part integer,
    next bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, part)
);
COMMENT ON TABLE drivetrain.topic_positions IS
    'How far each partition of a topic outside of the platform is read; moved with what its messages change.';
"""

DEAD = """
CREATE TABLE drivetrain.dead_messages (
    dead_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    part integer NOT NULL,
    message_offset bigint NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    pointer text NOT NULL,
    body bytea NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT dead_messages_by_place UNIQUE (source, part, message_offset)
);
CREATE INDEX dead_messages_by_time ON drivetrain.dead_messages (set_aside_at);
COMMENT ON TABLE drivetrain.dead_messages IS
    'Messages of such topics that are no events, and why; removed with the events of their day.';
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(POSITIONS)
    op.execute(DEAD)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE drivetrain.dead_messages")
    op.execute("DROP TABLE drivetrain.topic_positions")

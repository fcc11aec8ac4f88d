"""How long the scored rides really took."""

from alembic import op

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None

# No foreign key to the predictions: an outcome may arrive before the scorer has caught up with its slot.
OUTCOMES = """
CREATE TABLE drivetrain.trip_outcomes (
    trip_id uuid PRIMARY KEY,
    duration_min double precision
        CONSTRAINT duration_is_possible CHECK (duration_min > 0 AND duration_min <= 1440),
    ended_at timestamptz,
    reported_at timestamptz NOT NULL,
    reported_by text NOT NULL,
    source text NOT NULL,
    is_synthetic boolean NOT NULL,
    CONSTRAINT said_in_one_way CHECK (num_nonnulls(duration_min, ended_at) = 1)
);
CREATE INDEX trip_outcomes_by_report ON drivetrain.trip_outcomes USING brin (reported_at);
COMMENT ON TABLE drivetrain.trip_outcomes IS 'Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.';
COMMENT ON COLUMN drivetrain.trip_outcomes.duration_min IS 'As reported; NULL where the end was.';
COMMENT ON COLUMN drivetrain.trip_outcomes.ended_at IS 'As reported; NULL where the duration was.';
COMMENT ON COLUMN drivetrain.trip_outcomes.is_synthetic IS 'True for durations that were drawn, not driven.';
"""

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drivetrain.trip_outcomes
FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.refuse_change()
"""


def upgrade() -> None:
    """Add the outcomes and their guard."""
    op.execute(OUTCOMES)
    op.execute(GUARD)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE drivetrain.trip_outcomes")

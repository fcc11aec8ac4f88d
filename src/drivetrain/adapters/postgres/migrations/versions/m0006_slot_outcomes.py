"""Which slots the scorer has reported the outcomes of."""

from alembic import op

revision = "m0006"
down_revision = "m0005"
branch_labels = None
depends_on = None

MARK = """
ALTER TABLE drivetrain.trip_slots ADD COLUMN outcomes_at timestamptz;
COMMENT ON COLUMN drivetrain.trip_slots.outcomes_at IS 'When its source was asked how long its rides took; NULL before that.'
"""


def upgrade() -> None:
    """Add the mark."""
    op.execute(MARK)


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE drivetrain.trip_slots DROP COLUMN outcomes_at")

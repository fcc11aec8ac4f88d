"""By which rides a slot was scored, so that other ones are never reported for it."""

from alembic import op

revision = "m0007"
down_revision = "m0006"
branch_labels = None
depends_on = None

FINGERPRINT = """
ALTER TABLE drivetrain.trip_slots ADD COLUMN fingerprint text DEFAULT '' NOT NULL;
COMMENT ON COLUMN drivetrain.trip_slots.fingerprint IS
    'Of its rides as they were scored; empty for slots scored before it was kept.'
"""


def upgrade() -> None:
    """Add the fingerprint; slots that were scored before have none."""
    op.execute(FINGERPRINT)


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE drivetrain.trip_slots DROP COLUMN fingerprint")

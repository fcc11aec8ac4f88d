"""What the comparisons of features with the log gave."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

PARITY = """
CREATE TABLE drivetrain.feature_parity (
    checked_at timestamptz PRIMARY KEY DEFAULT now(),
    report jsonb NOT NULL
);
COMMENT ON TABLE drivetrain.feature_parity IS
    'How far features of decisions agree with what the log gives up to the offsets that they had seen.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(PARITY)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.feature_parity")

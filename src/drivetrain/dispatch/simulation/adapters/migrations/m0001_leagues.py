"""What trying policies gave."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

LEAGUES = """
CREATE TABLE drivetrain.dispatch_leagues (
    version text PRIMARY KEY,
    city text NOT NULL,
    made_at timestamptz NOT NULL,
    league jsonb NOT NULL
);
COMMENT ON TABLE drivetrain.dispatch_leagues IS
    'Policies beside each other in simulated cities, as they were kept; never changed.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(LEAGUES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.dispatch_leagues")

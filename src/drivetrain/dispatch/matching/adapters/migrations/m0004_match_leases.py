"""Which process matches the waiting riders of a city."""

from alembic import op

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None

LEASES = """
CREATE TABLE drivetrain.match_leases (
    city text PRIMARY KEY,
    owner text NOT NULL,
    tenure bigint NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE drivetrain.match_leases IS
    'Which process matches the waiting riders of a city, and until when it keeps it without a word. Tenures count up.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(LEASES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.match_leases")

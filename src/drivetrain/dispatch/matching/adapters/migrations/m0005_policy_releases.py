"""Which policy windows are matched by, since when, by whom and why."""

from alembic import op

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None

RELEASES = """
CREATE TABLE drivetrain.dispatch_policy_releases (
    number integer PRIMARY KEY,
    policy text NOT NULL,
    version text NOT NULL,
    returns_to integer,
    reason text NOT NULL,
    author text NOT NULL,
    released_at timestamptz NOT NULL,
    league jsonb NOT NULL
);
COMMENT ON TABLE drivetrain.dispatch_policy_releases IS
    'Policies of windows as they came into force, with what the league said of them; never changed.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(RELEASES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.dispatch_policy_releases")

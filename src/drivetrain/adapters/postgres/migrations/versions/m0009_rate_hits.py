"""Hits of the rules that guard passwords, for the time that Redis is away."""

from alembic import op

revision = "m0009"
down_revision = "m0008"
branch_labels = None
depends_on = None

HITS = """
CREATE TABLE drivetrain.rate_hits (
    rule text NOT NULL,
    subject text NOT NULL,
    hits integer NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (rule, subject)
);
CREATE INDEX rate_hits_by_end ON drivetrain.rate_hits (ends_at);
COMMENT ON TABLE drivetrain.rate_hits IS 'Counted while Redis is away; rows whose window is over are removed.';
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(HITS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.rate_hits")

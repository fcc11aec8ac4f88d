"""From where the tables of dealers are fetched."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

PULLS = """
CREATE TABLE drivetrain.stock_pulls (
    source_id uuid PRIMARY KEY REFERENCES drivetrain.stock_sources ON DELETE CASCADE,
    url text NOT NULL,
    every_h integer NOT NULL,
    next_at timestamptz NOT NULL,
    created_by text NOT NULL,
    looked_at timestamptz,
    failure text,
    CONSTRAINT stock_pulls_every CHECK (every_h >= 1)
);
CREATE INDEX stock_pulls_by_time ON drivetrain.stock_pulls (next_at);
COMMENT ON TABLE drivetrain.stock_pulls IS 'From where the tables of sources are fetched, and when next.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(PULLS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.stock_pulls")

"""Reports of listings, and listings that a moderator took off the market."""

from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None

REPORTS = """
ALTER TABLE drivetrain.listings ADD COLUMN blocked_at timestamptz;
ALTER TABLE drivetrain.listings ADD CONSTRAINT listings_blocked CHECK (blocked_at IS NULL OR state = 'withdrawn');
CREATE TABLE drivetrain.listing_reports (
    report_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    company_id uuid NOT NULL,
    reporter text NOT NULL,
    reason text NOT NULL,
    remark text,
    created_at timestamptz NOT NULL,
    state text NOT NULL,
    decided_by text,
    decided_at timestamptz,
    decision_remark text,
    CONSTRAINT listing_reports_state CHECK (state IN ('open', 'upheld', 'dismissed')),
    CONSTRAINT listing_reports_decided CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX listing_reports_once ON drivetrain.listing_reports (listing_id, reporter);
CREATE INDEX listing_reports_open ON drivetrain.listing_reports (report_id) WHERE state = 'open';
COMMENT ON TABLE drivetrain.listing_reports IS
    'What people say is wrong with a listing, and what a moderator made of it.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(REPORTS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.listing_reports")
    op.execute("ALTER TABLE drivetrain.listings DROP CONSTRAINT listings_blocked")
    op.execute("ALTER TABLE drivetrain.listings DROP COLUMN blocked_at")

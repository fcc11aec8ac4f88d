"""Public links to listings."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

SHARES = """
CREATE TABLE drivetrain.listing_shares (
    share_id uuid PRIMARY KEY,
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    person_id uuid NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    opened integer NOT NULL
);
CREATE UNIQUE INDEX listing_shares_by_digest ON drivetrain.listing_shares (digest);
CREATE INDEX listing_shares_by_person ON drivetrain.listing_shares (person_id, listing_id);
CREATE INDEX listing_shares_by_listing ON drivetrain.listing_shares (listing_id);
CREATE INDEX listing_shares_by_end ON drivetrain.listing_shares (expires_at);
COMMENT ON TABLE drivetrain.listing_shares IS
    'Public links to listings. Of a token only the hash is kept; how often a page was shown is counted, and by whom is not.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SHARES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.listing_shares")

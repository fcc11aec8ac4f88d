"""Photos of listings, in their order."""

from alembic import op

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None

PHOTOS = """
CREATE TABLE drivetrain.listing_photos (
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    photo_id text NOT NULL,
    position integer NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    text text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (listing_id, photo_id)
);
COMMENT ON TABLE drivetrain.listing_photos IS
    'Photos of listings, by the digest of the file in the store of objects.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(PHOTOS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.listing_photos")

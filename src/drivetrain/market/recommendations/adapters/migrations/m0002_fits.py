"""What was learned from interactions."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

FITS = """
CREATE TABLE drivetrain.recommendation_fits (
    version integer PRIMARY KEY,
    fitted_at timestamptz NOT NULL,
    buyers integer NOT NULL,
    contents bytea NOT NULL
);
COMMENT ON TABLE drivetrain.recommendation_fits IS
    'What was learned from interactions: factors of types of cars and counts of views. No buyer stands in it.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(FITS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.recommendation_fits")

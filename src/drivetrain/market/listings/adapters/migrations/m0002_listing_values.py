"""What cars on offer are worth."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

VALUES = """
CREATE TABLE drivetrain.listing_values (
    listing_id uuid PRIMARY KEY REFERENCES drivetrain.listings ON DELETE CASCADE,
    version integer NOT NULL,
    model text,
    model_version text,
    value_minor bigint,
    low_minor bigint,
    high_minor bigint,
    currency text,
    rating text,
    as_of_year integer,
    decision_id uuid,
    refusal text,
    valued_at timestamptz NOT NULL,
    CONSTRAINT listing_values_refused CHECK ((decision_id IS NULL) = (refusal IS NOT NULL))
);
COMMENT ON TABLE drivetrain.listing_values IS
    'What a version of a listing is worth, or why nothing says it; the decision stands in the ledger.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(VALUES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.listing_values")

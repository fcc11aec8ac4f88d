"""What buyers do with listings."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

INTERACTIONS = """
CREATE TABLE drivetrain.interactions (
    actor text NOT NULL,
    interaction_id uuid NOT NULL,
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    kind text NOT NULL,
    created_at timestamptz NOT NULL,
    slate_id uuid,
    position integer,
    policy text,
    propensity double precision,
    PRIMARY KEY (actor, interaction_id),
    CONSTRAINT interactions_kind
        CHECK (kind IN ('view', 'like', 'dislike', 'contact', 'share', 'compare', 'impression')),
    CONSTRAINT interactions_of_slates CHECK (kind <> 'impression' OR slate_id IS NOT NULL),
    CONSTRAINT interactions_whole_slates CHECK (num_nulls(slate_id, position, policy, propensity) IN (0, 4))
);
CREATE INDEX interactions_done ON drivetrain.interactions (actor, created_at) WHERE kind <> 'impression';
CREATE INDEX interactions_by_time ON drivetrain.interactions (created_at);
CREATE INDEX interactions_by_listing ON drivetrain.interactions (listing_id);
COMMENT ON TABLE drivetrain.interactions IS
    'What people and consenting visitors did with listings. Erased with the person.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(INTERACTIONS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.interactions")

"""What each block of the ledger holds, so that a search passes by those without what it looks for."""

from alembic import op

revision = "m0012"
down_revision = "m0011"
branch_labels = None
depends_on = None

# A few bytes for each 16 pages, made when they are full: a decision that is written pays next to nothing for it.
BLOCKS = """
CREATE INDEX decisions_by_block ON drivetrain.decisions USING brin (
    decision_id uuid_minmax_ops,
    product text_bloom_ops(n_distinct_per_range=16),
    model text_bloom_ops(n_distinct_per_range=16),
    version text_bloom_ops(n_distinct_per_range=16),
    caller text_bloom_ops(n_distinct_per_range=64)
) WITH (pages_per_range=16, autosummarize=on)
"""


def upgrade() -> None:
    """Make the index: about 4 s for a million decisions."""
    op.execute(BLOCKS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX drivetrain.decisions_by_block")

"""When a source last named its cars: they are for sale still, also where nothing was changed."""

from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember it; for a source that was taken before, since its last feed."""
    op.execute("ALTER TABLE drivetrain.stock_sources ADD COLUMN confirmed_at timestamptz")
    op.execute("""
        UPDATE drivetrain.stock_sources AS source SET confirmed_at = last.ended_at FROM (
            SELECT source_id, max(ended_at) AS ended_at FROM drivetrain.stock_feeds
            WHERE state IN ('taken', 'unchanged') GROUP BY source_id
        ) AS last WHERE last.source_id = source.source_id
    """)


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE drivetrain.stock_sources DROP COLUMN confirmed_at")

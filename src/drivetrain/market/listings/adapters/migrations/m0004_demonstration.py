"""Which listings are demonstration stock, and whether their cars are made up."""

from alembic import op

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark; listings of before say it in their descriptions."""
    op.execute("ALTER TABLE drivetrain.listings ADD COLUMN demonstration text")
    op.execute(
        "ALTER TABLE drivetrain.listings ADD CONSTRAINT listings_demonstration "
        "CHECK (demonstration IN ('published', 'synthetic'))"
    )
    op.execute("""
        UPDATE drivetrain.listings
        SET demonstration = CASE WHEN description LIKE '%made up (synthetic).' THEN 'synthetic' ELSE 'published' END
        WHERE description IN (
            'Demonstration stock of a published table; this car is not for sale.',
            'Demonstration stock; this car is made up (synthetic).'
        )
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE drivetrain.listings DROP CONSTRAINT listings_demonstration")
    op.execute("ALTER TABLE drivetrain.listings DROP COLUMN demonstration")

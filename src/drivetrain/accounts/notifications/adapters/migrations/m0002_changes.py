"""Open pages learn of their person's notifications."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Have changes noted."""
    op.execute(
        "CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.notifications "
        "FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('notifications', 'person_id')"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TRIGGER noted ON drivetrain.notifications")

"""Open pages learn of changes of their company."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

TABLES = ("companies", "branches", "invitations", "roles_held")


def upgrade() -> None:
    """Have changes noted."""
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.{table} "
            "FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('companies', 'company_id')"
        )


def downgrade() -> None:
    """Drop it."""
    for table in TABLES:
        op.execute(f"DROP TRIGGER noted ON drivetrain.{table}")

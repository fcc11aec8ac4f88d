"""A session loses its second factor with its person's, and workers follow that."""

from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None

FOLLOWED = """
DROP TRIGGER followed ON drivetrain.sessions;
CREATE TRIGGER followed
    AFTER DELETE OR UPDATE OF digest, person_id, company_id, branch_id, expires_at, has_second_factor
    ON drivetrain.sessions FOR EACH ROW EXECUTE FUNCTION drivetrain.bump_revision('sessions');
"""

REMOVED = """
CREATE FUNCTION drivetrain.factor_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drivetrain.sessions SET has_second_factor = false
        WHERE person_id = OLD.person_id AND has_second_factor;
    RETURN NULL;
END $$;
CREATE TRIGGER factor_removed AFTER DELETE ON drivetrain.second_factors
    FOR EACH ROW EXECUTE FUNCTION drivetrain.factor_removed();
"""

FORMERLY_FOLLOWED = """
DROP TRIGGER followed ON drivetrain.sessions;
CREATE TRIGGER followed AFTER DELETE OR UPDATE OF digest, person_id, company_id, branch_id, expires_at
    ON drivetrain.sessions FOR EACH ROW EXECUTE FUNCTION drivetrain.bump_revision('sessions');
"""


def upgrade() -> None:
    """Make the triggers."""
    op.execute(FOLLOWED)
    op.execute(REMOVED)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER factor_removed ON drivetrain.second_factors")
    op.execute("DROP FUNCTION drivetrain.factor_removed()")
    op.execute(FORMERLY_FOLLOWED)

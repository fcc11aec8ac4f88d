"""Keys that people own, when a key was last used, and what ends a key with its owner."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

OWNERS = """
ALTER TABLE drivetrain.api_keys
    ADD COLUMN person_id uuid CONSTRAINT api_keys_person_id_fkey REFERENCES drivetrain.people ON DELETE CASCADE,
    ADD COLUMN company_id uuid,
    ADD COLUMN branch_id uuid;
CREATE INDEX api_keys_by_person ON drivetrain.api_keys (person_id);
DROP INDEX drivetrain.api_keys_live_name;
CREATE UNIQUE INDEX api_keys_live_name ON drivetrain.api_keys (person_id, name) NULLS NOT DISTINCT
    WHERE revoked_at IS NULL;
"""

# Beside the keys, because every change of a key makes all workers read the keys again.
USES = """
CREATE TABLE drivetrain.key_uses (
    key_id text PRIMARY KEY REFERENCES drivetrain.api_keys ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL
);
COMMENT ON TABLE drivetrain.key_uses IS 'When a key was last used, to the minute.';
"""

# By trigger, so that an account deactivated or a role taken away by hand in psql counts as well.
ENDED = """
CREATE FUNCTION drivetrain.revoke_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drivetrain.api_keys SET revoked_at = NEW.deactivated_at
    WHERE person_id = NEW.person_id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER keys_end AFTER UPDATE OF deactivated_at ON drivetrain.people
    FOR EACH ROW WHEN (NEW.deactivated_at IS NOT NULL) EXECUTE FUNCTION drivetrain.revoke_keys();
CREATE TRIGGER keys_follow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON drivetrain.roles_held
    FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.bump_revision('keys');
"""


def upgrade() -> None:
    """Add the columns, the table and the triggers."""
    for statements in (OWNERS, USES, ENDED):
        op.execute(statements)


def downgrade() -> None:
    """Take them away; keys of people go with them."""
    op.execute("DROP TRIGGER keys_follow ON drivetrain.roles_held")
    op.execute("DROP TRIGGER keys_end ON drivetrain.people")
    op.execute("DROP FUNCTION drivetrain.revoke_keys()")
    op.execute("DROP TABLE drivetrain.key_uses")
    op.execute("DELETE FROM drivetrain.api_keys WHERE person_id IS NOT NULL")
    op.execute("DROP INDEX drivetrain.api_keys_live_name")
    op.execute(
        "ALTER TABLE drivetrain.api_keys DROP COLUMN person_id, DROP COLUMN company_id, DROP COLUMN branch_id"
    )
    op.execute(
        "CREATE UNIQUE INDEX api_keys_live_name ON drivetrain.api_keys (name) WHERE revoked_at IS NULL"
    )

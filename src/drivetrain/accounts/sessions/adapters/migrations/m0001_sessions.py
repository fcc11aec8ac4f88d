"""Sessions of browsers, and what ends them: a change of rights, of the password, or of the account."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

SESSIONS = """
CREATE TABLE drivetrain.sessions (
    session_id uuid PRIMARY KEY,
    digest bytea NOT NULL CONSTRAINT sessions_digest UNIQUE,
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    company_id uuid,
    branch_id uuid,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    method text NOT NULL,
    has_second_factor boolean NOT NULL,
    address text NOT NULL,
    agent text NOT NULL
);
CREATE INDEX sessions_by_person ON drivetrain.sessions (person_id);
COMMENT ON TABLE drivetrain.sessions IS
    'Ended sessions are deleted. The digest is an HMAC; the cookie itself is stored nowhere.';
"""

# Not when a session begins, nor when it was last seen: what a worker does not know it looks up. By row, because every
# sign-in deletes what has ended by itself, and that is mostly nothing.
FOLLOWED = """
INSERT INTO drivetrain.revisions VALUES ('sessions', 0);
CREATE TRIGGER followed AFTER DELETE OR UPDATE OF digest, person_id, company_id, branch_id, expires_at
    ON drivetrain.sessions FOR EACH ROW EXECUTE FUNCTION drivetrain.bump_revision('sessions');
CREATE TRIGGER emptied AFTER TRUNCATE
    ON drivetrain.sessions FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.bump_revision('sessions');
"""

# By trigger, so that a right taken away by hand in psql ends the sessions as well.
ENDED = """
CREATE FUNCTION drivetrain.end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM drivetrain.sessions WHERE person_id IN (OLD.person_id, NEW.person_id);
    RETURN NULL;
END $$;
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE ON drivetrain.roles_held
    FOR EACH ROW EXECUTE FUNCTION drivetrain.end_sessions();
CREATE TRIGGER access_changed AFTER UPDATE OF password_hash, deactivated_at ON drivetrain.people
    FOR EACH ROW WHEN (
        OLD.password_hash IS DISTINCT FROM NEW.password_hash OR OLD.deactivated_at IS DISTINCT FROM NEW.deactivated_at
    ) EXECUTE FUNCTION drivetrain.end_sessions();
"""


def upgrade() -> None:
    """Make the table and its triggers."""
    for statements in (SESSIONS, FOLLOWED, ENDED):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER access_changed ON drivetrain.people")
    op.execute("DROP TRIGGER rights_changed ON drivetrain.roles_held")
    op.execute("DROP TABLE drivetrain.sessions")
    op.execute("DROP FUNCTION drivetrain.end_sessions()")
    op.execute("DELETE FROM drivetrain.revisions WHERE subject = 'sessions'")

"""The lines of the audit trail."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

LINES = """
CREATE TABLE drivetrain.audit_lines (
    position bigint PRIMARY KEY CONSTRAINT audit_counts_from_one CHECK (position >= 1),
    recorded_at timestamptz NOT NULL,
    origin text NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    result text NOT NULL,
    company uuid,
    detail json NOT NULL,
    mac bytea NOT NULL
);
CREATE INDEX audit_lines_by_actor ON drivetrain.audit_lines (actor, position);
CREATE INDEX audit_lines_by_object ON drivetrain.audit_lines (object, position);
CREATE INDEX audit_lines_by_company ON drivetrain.audit_lines (company, position);
COMMENT ON TABLE drivetrain.audit_lines IS
    'Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. mac chains each line to the one before.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drivetrain.audit_lines
    FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.refuse_change();
"""


def upgrade() -> None:
    """Make the table and its guard."""
    op.execute(LINES)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE drivetrain.audit_lines")

"""The rental buffer: analyses of rental tables, and the versions of the policy."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

ANALYSES = """
CREATE TABLE drivetrain.buffer_analyses (
    analysis_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    source text NOT NULL,
    sha256 text NOT NULL,
    is_synthetic boolean NOT NULL,
    is_standing boolean NOT NULL,
    method integer NOT NULL,
    status text NOT NULL CONSTRAINT status_is_known CHECK (status IN ('queued', 'running', 'done', 'failed')),
    stage text NOT NULL,
    done integer NOT NULL,
    total integer NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    finished_at timestamptz,
    error json,
    record json,
    working bytea
);
CREATE INDEX buffer_analyses_by_table ON drivetrain.buffer_analyses (sha256, created_at) WHERE is_standing;
COMMENT ON TABLE drivetrain.buffer_analyses IS 'One row per analysis of a table of rentals; record is what readers see.';
"""

POLICIES = """
CREATE TABLE drivetrain.buffer_policies (
    version integer PRIMARY KEY CONSTRAINT version_counts_from_one CHECK (version >= 1),
    connect_min integer NOT NULL CONSTRAINT connect_in_range CHECK (connect_min BETWEEN 0 AND 720),
    mobile_min integer NOT NULL CONSTRAINT mobile_in_range CHECK (mobile_min BETWEEN 0 AND 720),
    shift_up_to_min integer NOT NULL CONSTRAINT shift_in_range CHECK (shift_up_to_min BETWEEN 0 AND 720),
    reason text NOT NULL,
    author text NOT NULL,
    effective_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    analysis_id uuid REFERENCES drivetrain.buffer_analyses
);
COMMENT ON TABLE drivetrain.buffer_policies IS 'Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drivetrain.buffer_policies
    FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.refuse_change();
INSERT INTO drivetrain.revisions VALUES ('policies', 0);
CREATE TRIGGER followed AFTER INSERT ON drivetrain.buffer_policies
    FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.bump_revision('policies');
"""


def upgrade() -> None:
    """Make the tables, and have changes of policy announced."""
    op.execute(ANALYSES)
    op.execute(POLICIES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE drivetrain.buffer_policies")
    op.execute("DROP TABLE drivetrain.buffer_analyses")
    op.execute("DELETE FROM drivetrain.revisions WHERE subject = 'policies'")

"""Challengers with a share, shadow answers, approvals, and what each worker serves."""

from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None

RELEASES = """
ALTER TABLE drivetrain.model_releases ADD COLUMN share double precision NOT NULL DEFAULT 0;

CREATE TABLE drivetrain.model_approvals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text NOT NULL,
    version text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    after_release bigint NOT NULL,
    FOREIGN KEY (model, version) REFERENCES drivetrain.model_versions
);
COMMENT ON TABLE drivetrain.model_approvals IS 'Append-only: who wants a version to be champion.';
COMMENT ON COLUMN drivetrain.model_approvals.after_release IS
    'The last release of the champion before it; 0 for none.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drivetrain.model_approvals
    FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.refuse_change();
"""

SHADOWS = """
CREATE TABLE drivetrain.shadow_answers (
    decision_id uuid NOT NULL REFERENCES drivetrain.decisions,
    model text NOT NULL,
    version text NOT NULL,
    answer json,
    latency_us integer NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (decision_id, version)
);
CREATE INDEX shadow_answers_by_version ON drivetrain.shadow_answers (model, version, answered_at);
COMMENT ON TABLE drivetrain.shadow_answers IS 'What the version that did not answer would have said.';
COMMENT ON COLUMN drivetrain.shadow_answers.answer IS 'NULL when the version failed.';
"""

WORKERS = """
CREATE TABLE drivetrain.worker_states (
    worker_id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    seen_at timestamptz NOT NULL,
    serving jsonb NOT NULL
);
COMMENT ON TABLE drivetrain.worker_states IS 'What each API process serves; rows of processes that ended are removed.';
COMMENT ON COLUMN drivetrain.worker_states.serving IS 'Version by model.';
"""


def upgrade() -> None:
    """Add the tables of trials."""
    for statements in (RELEASES, SHADOWS, WORKERS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    for table in ("worker_states", "shadow_answers", "model_approvals"):
        op.execute(f"DROP TABLE drivetrain.{table}")
    op.execute("ALTER TABLE drivetrain.model_releases DROP COLUMN share")

"""The ledger, API keys, model versions and their releases."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

LEDGER = """
CREATE TABLE drivetrain.decisions (
    decision_id uuid PRIMARY KEY,
    decided_at timestamptz NOT NULL,
    product text NOT NULL,
    model text NOT NULL,
    version text NOT NULL,
    caller text NOT NULL,
    request_id text NOT NULL,
    input json NOT NULL,
    features double precision[] NOT NULL,
    answer json NOT NULL,
    latency_us integer NOT NULL
);
CREATE INDEX decisions_by_model ON drivetrain.decisions (model, decided_at);
COMMENT ON TABLE drivetrain.decisions IS 'Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.';

CREATE TABLE drivetrain.outcomes (
    decision_id uuid NOT NULL REFERENCES drivetrain.decisions,
    name text NOT NULL,
    value double precision NOT NULL,
    observed_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (decision_id, name)
);
COMMENT ON TABLE drivetrain.outcomes IS 'Append-only: triggers refuse UPDATE, DELETE and TRUNCATE.';
"""

# The form in which the API sends a group of decisions. A type of its own, so that workers of the
# previous release go on writing while a later migration adds a column to the table.
WIRE = """
CREATE TYPE drivetrain.decision_row AS (
    decision_id uuid,
    decided_at timestamptz,
    product text,
    model text,
    version text,
    caller text,
    request_id text,
    input json,
    features double precision[],
    answer json,
    latency_us integer
);
"""

KEYS = """
CREATE TABLE drivetrain.api_keys (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    scopes text[] NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX api_keys_live_name ON drivetrain.api_keys (name) WHERE revoked_at IS NULL;
COMMENT ON TABLE drivetrain.api_keys IS 'The digest is an HMAC; the key itself is stored nowhere.';
"""

MODELS = """
CREATE TABLE drivetrain.model_versions (
    model text NOT NULL,
    version text NOT NULL CONSTRAINT version_is_a_number CHECK (version ~ '^[1-9][0-9]{0,17}$'),
    created_at timestamptz NOT NULL,
    location text NOT NULL,
    manifest_sha256 text NOT NULL,
    metrics jsonb NOT NULL,
    report jsonb NOT NULL,
    dataset jsonb NOT NULL,
    is_synthetic boolean NOT NULL,
    run_id text NOT NULL,
    PRIMARY KEY (model, version)
);

CREATE TABLE drivetrain.model_releases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text NOT NULL,
    alias text NOT NULL,
    version text,
    previous text,
    action text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    by_gate boolean NOT NULL,
    at timestamptz NOT NULL,
    FOREIGN KEY (model, version) REFERENCES drivetrain.model_versions,
    FOREIGN KEY (model, previous) REFERENCES drivetrain.model_versions
);
CREATE INDEX model_releases_last ON drivetrain.model_releases (model, alias, id);
COMMENT ON TABLE drivetrain.model_releases IS 'Append-only; the last line of a model and alias says what is live.';
"""

APPEND_ONLY = """
CREATE FUNCTION drivetrain.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Add a line that corrects the earlier one.';
END $$;
"""

REVISIONS = """
CREATE TABLE drivetrain.revisions (subject text PRIMARY KEY, revision bigint NOT NULL);
COMMENT ON TABLE drivetrain.revisions IS 'Counts the changes of each subject (models, keys); triggers keep it.';
INSERT INTO drivetrain.revisions VALUES ('models', 0), ('keys', 0);

CREATE FUNCTION drivetrain.bump_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drivetrain.revisions SET revision = revision + 1 WHERE subject = TG_ARGV[0];
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """Make the tables, their guards and the schema that MLflow fills."""
    for statements in (LEDGER, WIRE, KEYS, MODELS, APPEND_ONLY, REVISIONS):
        op.execute(statements)
    for table in ("decisions", "outcomes", "model_releases"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON drivetrain.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.refuse_change()"
        )
    # By trigger, so that a key revoked by hand in psql is followed as well.
    for table, subject in {
        "model_versions": "models",
        "model_releases": "models",
        "api_keys": "keys",
    }.items():
        op.execute(
            f"CREATE TRIGGER followed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON drivetrain.{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION drivetrain.bump_revision('{subject}')"
        )
    op.execute("CREATE SCHEMA IF NOT EXISTS mlflow")


def downgrade() -> None:
    """Drop our tables; MLflow's schema stays."""
    for table in ("outcomes", "decisions", "model_releases", "model_versions", "api_keys", "revisions"):
        op.execute(f"DROP TABLE drivetrain.{table}")
    op.execute("DROP TYPE drivetrain.decision_row")
    op.execute("DROP FUNCTION drivetrain.refuse_change(), drivetrain.bump_revision()")

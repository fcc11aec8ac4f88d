"""People, the roles that they hold, one-time links, and second factors."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

PEOPLE = """
CREATE TABLE drivetrain.people (
    person_id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL CONSTRAINT people_email_key UNIQUE,
    name text NOT NULL,
    language text NOT NULL,
    time_zone text NOT NULL,
    password_hash text,
    password_set_at timestamptz,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    verified_at timestamptz,
    deactivated_at timestamptz
);
COMMENT ON TABLE drivetrain.people IS
    'Whoever may sign in. Erasing a person deletes the row and all that refers to it.';

CREATE TABLE drivetrain.roles_held (
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    role text NOT NULL,
    company_id uuid,
    branch_id uuid,
    granted_at timestamptz NOT NULL,
    granted_by text NOT NULL,
    CONSTRAINT branch_has_its_company CHECK (branch_id IS NULL OR company_id IS NOT NULL),
    CONSTRAINT roles_held_once UNIQUE NULLS NOT DISTINCT (person_id, role, company_id, branch_id)
);
CREATE INDEX roles_held_by_company ON drivetrain.roles_held (company_id);
COMMENT ON TABLE drivetrain.roles_held IS 'A role without a company is held on the whole platform.';
"""

LINKS = """
CREATE TABLE drivetrain.one_time_tokens (
    token_id uuid PRIMARY KEY,
    purpose text NOT NULL,
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX one_time_tokens_by_person ON drivetrain.one_time_tokens (person_id, purpose);
COMMENT ON TABLE drivetrain.one_time_tokens IS
    'Links good for one use. The link is derived from the row and a key of the installation, and not stored.';
"""

FACTORS = """
CREATE TABLE drivetrain.second_factors (
    person_id uuid PRIMARY KEY REFERENCES drivetrain.people ON DELETE CASCADE,
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL
);
COMMENT ON TABLE drivetrain.second_factors IS
    'Secrets of one-time codes (TOTP), sealed with a key of the installation.';

CREATE TABLE drivetrain.recovery_codes (
    person_id uuid NOT NULL REFERENCES drivetrain.second_factors ON DELETE CASCADE,
    digest bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (person_id, digest)
);
COMMENT ON TABLE drivetrain.recovery_codes IS
    'Codes that take the place of the second factor once each; keyed hashes.';
"""


def upgrade() -> None:
    """Make the tables."""
    for statements in (PEOPLE, LINKS, FACTORS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    for table in ("recovery_codes", "second_factors", "one_time_tokens", "roles_held", "people"):
        op.execute(f"DROP TABLE drivetrain.{table}")

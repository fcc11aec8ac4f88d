"""Accounts at identity providers that are linked to people."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

IDENTITIES = """
CREATE TABLE drivetrain.identities (
    identity_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    issuer text NOT NULL,
    subject text NOT NULL,
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    CONSTRAINT identities_subject UNIQUE (issuer, subject),
    CONSTRAINT identities_person UNIQUE (person_id, issuer)
);
COMMENT ON TABLE drivetrain.identities IS
    'Accounts at identity providers. Issuer and subject name one for ever; addresses and names are not kept here.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(IDENTITIES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.identities")

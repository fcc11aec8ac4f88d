"""Companies, branches and invitations, and what roles in a company refer to."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

COMPANIES = """
CREATE TABLE drivetrain.companies (
    company_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL
);
COMMENT ON TABLE drivetrain.companies IS 'Tenants: who acts for one sees nothing of another.';

CREATE TABLE drivetrain.branches (
    branch_id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES drivetrain.companies,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT branches_name UNIQUE (company_id, name),
    CONSTRAINT branches_of_company UNIQUE (company_id, branch_id)
);

CREATE TABLE drivetrain.invitations (
    invitation_id uuid PRIMARY KEY REFERENCES drivetrain.one_time_tokens ON DELETE CASCADE,
    company_id uuid NOT NULL REFERENCES drivetrain.companies,
    branch_id uuid,
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    role text NOT NULL,
    invited_by text NOT NULL,
    CONSTRAINT invitations_branch FOREIGN KEY (company_id, branch_id)
        REFERENCES drivetrain.branches (company_id, branch_id),
    CONSTRAINT invitations_once UNIQUE (company_id, person_id)
);
CREATE INDEX invitations_by_person ON drivetrain.invitations (person_id);
COMMENT ON TABLE drivetrain.invitations IS
    'Posts that are offered. The link is derived from its one-time token, and not stored.';
"""

# A role that sees what belongs to all companies cannot be held in one of them, not even by hand.
ROLES = """
ALTER TABLE drivetrain.roles_held
    ADD CONSTRAINT roles_held_company FOREIGN KEY (company_id) REFERENCES drivetrain.companies,
    ADD CONSTRAINT roles_held_branch FOREIGN KEY (company_id, branch_id)
        REFERENCES drivetrain.branches (company_id, branch_id),
    ADD CONSTRAINT roles_held_in_company CHECK (company_id IS NULL OR role IN ('dealer', 'company_admin'));
"""


def upgrade() -> None:
    """Make the tables and the references."""
    for statements in (COMPANIES, ROLES):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    for constraint in ("roles_held_in_company", "roles_held_branch", "roles_held_company"):
        op.execute(f"ALTER TABLE drivetrain.roles_held DROP CONSTRAINT {constraint}")
    for table in ("invitations", "branches", "companies"):
        op.execute(f"DROP TABLE drivetrain.{table}")

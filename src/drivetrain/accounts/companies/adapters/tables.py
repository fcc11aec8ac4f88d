"""The tables of companies as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from drivetrain.accounts.people.adapters.tables import one_time_tokens, people, roles_held
from drivetrain.adapters.postgres.tables import SCHEMA, metadata

_INSTANT = DateTime(timezone=True)

companies = Table(
    "companies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    comment="Tenants: who acts for one sees nothing of another.",
)

branches = Table(
    "branches",
    metadata,
    Column("branch_id", Uuid, primary_key=True),
    Column("company_id", Uuid, ForeignKey(companies.c.company_id), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    UniqueConstraint("company_id", "name", name="branches_name"),
    UniqueConstraint("company_id", "branch_id", name="branches_of_company"),
)

invitations = Table(
    "invitations",
    metadata,
    Column(
        "invitation_id",
        Uuid,
        ForeignKey(one_time_tokens.c.token_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("company_id", Uuid, ForeignKey(companies.c.company_id), nullable=False),
    Column("branch_id", Uuid),
    Column("person_id", Uuid, ForeignKey(people.c.person_id, ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("invited_by", Text, nullable=False),
    ForeignKeyConstraint(
        ["company_id", "branch_id"],
        [f"{SCHEMA}.branches.company_id", f"{SCHEMA}.branches.branch_id"],
        name="invitations_branch",
    ),
    UniqueConstraint("company_id", "person_id", name="invitations_once"),
    Index("invitations_by_person", "person_id"),
    comment="Posts that are offered. The link is derived from its one-time token, and not stored.",
)

# Roles that count in a company, and who may hold them: the rows belong to people, what they refer to is ours.
roles_held.append_constraint(
    ForeignKeyConstraint(["company_id"], [companies.c.company_id], name="roles_held_company")
)
roles_held.append_constraint(
    ForeignKeyConstraint(
        ["company_id", "branch_id"],
        [branches.c.company_id, branches.c.branch_id],
        name="roles_held_branch",
    )
)
roles_held.append_constraint(
    CheckConstraint("company_id IS NULL OR role IN ('dealer', 'company_admin')", name="roles_held_in_company")
)

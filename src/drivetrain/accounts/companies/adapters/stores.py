"""Companies, branches, members and invitations in PostgreSQL, in the transaction of their caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Executable, Row, Select, and_, delete, false, select, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.accounts.companies.adapters.tables import branches, companies, invitations
from drivetrain.accounts.companies.domain.company import (
    Branch,
    Company,
    Invitation,
    Member,
    Post,
    Reach,
)
from drivetrain.accounts.people.adapters.tables import one_time_tokens, people, roles_held
from drivetrain.accounts.people.adapters.work import PostgresWork, Works
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.access import PersonRole
from drivetrain.core.time import Clock


class PostgresCompanies:
    """The port ``CompanyStore``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, company: Company) -> None:
        """Store a company."""
        row = {
            "company_id": company.company_id,
            "name": company.name,
            "created_at": company.created_at,
            "created_by": company.created_by,
        }
        self._connection.execute(insert(companies).values(row))

    def all(self, reach: Reach) -> Sequence[Company]:
        """Companies within reach, by name."""
        query = _within(reach).order_by(companies.c.name, companies.c.company_id)
        return [Company(**row._mapping) for row in self._connection.execute(query)]

    def by_id(self, company: UUID, reach: Reach, *, lock: bool = False) -> Company | None:
        """A company within reach."""
        query = _within(reach).where(companies.c.company_id == company)
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else Company(**row._mapping)

    def rename(self, company: UUID, name: str) -> None:
        """Give a company another name."""
        self._connection.execute(update(companies).where(companies.c.company_id == company).values(name=name))

    def add_branch(self, branch: Branch) -> bool:
        """Store a branch."""
        row = {
            "branch_id": branch.branch_id,
            "company_id": branch.company,
            "name": branch.name,
            "created_at": branch.created_at,
        }
        insertion = insert(branches).values(row).on_conflict_do_nothing(constraint="branches_name")
        return self._has_row(insertion.returning(branches.c.branch_id))

    def branches(self, company: UUID) -> Sequence[Branch]:
        """The branches of a company, by name."""
        query = select(branches).where(branches.c.company_id == company).order_by(branches.c.name)
        return [
            Branch(row.branch_id, row.company_id, row.name, row.created_at)
            for row in self._connection.execute(query)
        ]

    def rename_branch(self, branch: Branch) -> bool:
        """Give a branch another name."""
        other = select(branches.c.branch_id).where(
            branches.c.company_id == branch.company,
            branches.c.name == branch.name,
            branches.c.branch_id != branch.branch_id,
        )
        if self._connection.execute(other).one_or_none() is not None:
            return False
        own = (branches.c.company_id == branch.company) & (branches.c.branch_id == branch.branch_id)
        self._connection.execute(update(branches).where(own).values(name=branch.name))
        return True

    def members(self, company: UUID) -> Sequence[Member]:
        """Who works in a company, by name."""
        query = (
            select(people.c.person_id, people.c.name, people.c.email, roles_held)
            .join(roles_held)
            .where(roles_held.c.company_id == company)
            .order_by(people.c.name, people.c.person_id)
        )
        return [
            Member(row.person_id, row.name, row.email, Post(row.role, row.branch_id), row.granted_at)
            for row in self._connection.execute(query)
        ]

    def administrators(self, company: UUID) -> Sequence[UUID]:
        """The company's administrators who can sign in."""
        query = (
            select(people.c.person_id)
            .join(roles_held)
            .where(
                roles_held.c.company_id == company,
                roles_held.c.role == PersonRole.COMPANY_ADMIN,
                people.c.deactivated_at.is_(None),
                people.c.verified_at.is_not(None),
            )
        )
        return list(self._connection.scalars(query))

    def set_post(self, company: UUID, person: UUID, post: Post, *, by: str) -> None:
        """Give a person a post in place of those that they have in the company."""
        self.remove_member(company, person)
        row = {
            "person_id": person,
            "role": post.role,
            "company_id": company,
            "branch_id": post.branch,
            "granted_at": self._clock.now(),
            "granted_by": by,
        }
        self._connection.execute(insert(roles_held).values(row))

    def remove_member(self, company: UUID, person: UUID) -> bool:
        """Take all posts in the company away."""
        own = and_(roles_held.c.company_id == company, roles_held.c.person_id == person)
        return self._connection.execute(delete(roles_held).where(own)).rowcount > 0

    def add_invitation(self, invitation: Invitation, purpose: str) -> None:
        """Store an invitation with its one-time link, in place of one of the same person and company."""
        former = select(invitations.c.invitation_id).where(
            invitations.c.company_id == invitation.company, invitations.c.person_id == invitation.person
        )
        self._connection.execute(delete(one_time_tokens).where(one_time_tokens.c.token_id.in_(former)))
        token = {
            "token_id": invitation.invitation_id,
            "purpose": purpose,
            "person_id": invitation.person,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
        }
        row = {
            "invitation_id": invitation.invitation_id,
            "company_id": invitation.company,
            "branch_id": invitation.post.branch,
            "person_id": invitation.person,
            "role": invitation.post.role,
            "invited_by": invitation.invited_by,
        }
        # not by the store of links: that one keeps a single link of a purpose, and several companies may invite
        self._connection.execute(insert(one_time_tokens).values(token))
        self._connection.execute(insert(invitations).values(row))

    def invitations(self, company: UUID) -> Sequence[Invitation]:
        """The open invitations of a company, newest first."""
        query = _invitations().where(invitations.c.company_id == company)
        newest_first = query.order_by(one_time_tokens.c.created_at.desc(), invitations.c.invitation_id)
        return [_invitation(row) for row in self._connection.execute(newest_first)]

    def invitation(self, invitation: UUID) -> Invitation | None:
        """An open invitation by its id."""
        row = self._connection.execute(
            _invitations().where(invitations.c.invitation_id == invitation)
        ).one_or_none()
        return None if row is None else _invitation(row)

    def remove_invitation(self, company: UUID, invitation: UUID) -> bool:
        """Delete an invitation with its link."""
        own = select(invitations.c.invitation_id).where(
            invitations.c.company_id == company, invitations.c.invitation_id == invitation
        )
        removal = delete(one_time_tokens).where(one_time_tokens.c.token_id.in_(own))
        return self._connection.execute(removal).rowcount == 1

    def grant_platform_role(self, person: UUID, role: str, *, by: str) -> bool:
        """Give a role on the whole platform."""
        row = {"person_id": person, "role": role, "granted_at": self._clock.now(), "granted_by": by}
        insertion = insert(roles_held).values(row).on_conflict_do_nothing(constraint="roles_held_once")
        return self._has_row(insertion.returning(roles_held.c.person_id))

    def revoke_platform_role(self, person: UUID, role: str) -> bool:
        """Take a role on the whole platform away."""
        own = and_(
            roles_held.c.person_id == person, roles_held.c.role == role, roles_held.c.company_id.is_(None)
        )
        return self._connection.execute(delete(roles_held).where(own)).rowcount == 1

    def _has_row(self, statement: Executable) -> bool:
        return self._connection.execute(statement).one_or_none() is not None


@dataclass(frozen=True, slots=True)
class PostgresCompanyWork(PostgresWork):
    """The port ``CompanyWork`` on one connection."""

    clock: Clock
    linked: Callable[[Connection, UUID], bool]

    def is_linked(self, person: UUID) -> bool:
        """Whether a person signs in with an account at an identity provider."""
        return self.linked(self.connection, person)

    @property
    def companies(self) -> PostgresCompanies:
        """The rows of companies."""
        return PostgresCompanies(self.connection, self.clock)


@dataclass(frozen=True, slots=True)
class CompanyWorks(Works):
    """Opens works on a database.

    Attributes:
        linked: whether a person signs in with an account at an identity provider; sessions know.
    """

    clock: Clock
    linked: Callable[[Connection, UUID], bool]

    @contextmanager
    def __call__(self) -> Iterator[PostgresCompanyWork]:
        """Open one."""
        with transaction(self.engine) as connection:
            yield PostgresCompanyWork(
                connection, self.letters, self.trail, self.factor_key, self.clock, self.linked
            )


def _within(reach: Reach) -> Select[Any]:
    query = select(companies)
    if reach.everywhere:
        return query
    return query.where(false() if reach.company is None else companies.c.company_id == reach.company)


def _invitations() -> Select[Any]:
    return (
        select(invitations, people.c.email, one_time_tokens.c.created_at, one_time_tokens.c.expires_at)
        .select_from(invitations)
        .join(one_time_tokens)
        .join(people, people.c.person_id == invitations.c.person_id)
        .where(one_time_tokens.c.used_at.is_(None))
    )


def _invitation(row: Row[Any]) -> Invitation:
    created_at: datetime = row.created_at
    return Invitation(
        row.invitation_id,
        row.company_id,
        row.person_id,
        row.email,
        Post(row.role, row.branch_id),
        row.invited_by,
        created_at,
        row.expires_at,
    )

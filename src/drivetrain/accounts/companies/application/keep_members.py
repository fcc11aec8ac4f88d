"""Who works in a company: listing, another post, leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.accounts.companies.application.keep_companies import branch_of, record, within
from drivetrain.accounts.companies.application.ports import CompanyWork, OpenCompanyWork
from drivetrain.accounts.companies.domain.company import (
    Member,
    Post,
    Reach,
    check_post,
    keep_a_company_admin,
    refuse_beyond,
)
from drivetrain.core.access import Caller, PersonRole, ScopeSet
from drivetrain.core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class KeepMembers:
    """Lists members, and changes or takes away what they are."""

    works: OpenCompanyWork
    scopes: ScopeSet

    def all(self, company: UUID, reach: Reach) -> Sequence[Member]:
        """The members, by name.

        Raises:
            NotFoundError: ``companies.not_found``.
        """
        with self.works() as work:
            within(work, company, reach)
            return work.companies.members(company)

    def change(self, company: UUID, person: UUID, post: Post, reach: Reach, *, caller: Caller) -> Member:
        """Give a member another post in place of the present one.

        Raises:
            InvalidInputError: ``companies.unknown_role``, ``companies.role_of_company``.
            NotAllowedError: ``companies.beyond_own_scopes``; of the post that is given, or the one taken away.
            NotFoundError: ``companies.not_found``, ``companies.branch_not_found``, ``companies.member_not_found``.
            ConflictError: ``companies.last_administrator``.
        """
        check_post(post, self.scopes.of_roles([post.role]), caller.scopes)
        with self.works() as work:
            within(work, company, reach, lock=True)
            if post.branch is not None:
                branch_of(work, company, post.branch)
            self._refuse_to_take(work, company, person, caller)
            if post.role != PersonRole.COMPANY_ADMIN:
                keep_a_company_admin(work.companies.administrators(company), person)
            work.companies.set_post(company, person, post, by=caller.subject)
            record(
                work,
                caller.subject,
                "members.change",
                company,
                person=person,
                role=post.role,
                branch=post.branch,
            )
            return member_of(work, company, person)

    def remove(self, company: UUID, person: UUID, reach: Reach, *, caller: Caller) -> None:
        """Take all posts in the company away; the account stays.

        Raises:
            NotAllowedError: ``companies.beyond_own_scopes``.
            NotFoundError: ``companies.not_found``, ``companies.member_not_found``.
            ConflictError: ``companies.last_administrator``.
        """
        with self.works() as work:
            within(work, company, reach, lock=True)
            self._refuse_to_take(work, company, person, caller)
            keep_a_company_admin(work.companies.administrators(company), person)
            work.companies.remove_member(company, person)
            record(work, caller.subject, "members.remove", company, person=person)

    def _refuse_to_take(self, work: CompanyWork, company: UUID, person: UUID, caller: Caller) -> None:
        """Nobody takes rights from others that they lack themselves."""
        former = member_of(work, company, person).post.role
        refuse_beyond(self.scopes.of_roles([former]), caller.scopes)


def member_of(work: CompanyWork, company: UUID, person: UUID) -> Member:
    """The member.

    Raises:
        NotFoundError: ``companies.member_not_found``; the same whether the person works elsewhere or is not there.
    """
    row = next((each for each in work.companies.members(company) if each.person == person), None)
    if row is None:
        raise NotFoundError("The company has no member of this id.", code="companies.member_not_found")
    return row

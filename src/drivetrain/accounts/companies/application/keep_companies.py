"""Making companies and branches, and naming them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from drivetrain.accounts.companies.application.ports import CompanyWork, OpenCompanyWork
from drivetrain.accounts.companies.domain.company import Branch, Company, Reach, check_name
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class KeepCompanies:
    """Makes, lists and names companies."""

    works: OpenCompanyWork
    clock: Clock

    def create(self, name: str, *, actor: str) -> Company:
        """Make a company.

        Raises:
            ContractError: ``companies.bad_name``.
        """
        company = Company(UUID(new_id()), check_name(name), self.clock.now(), actor)
        with self.works() as work:
            work.companies.add(company)
            record(work, actor, "companies.create", company.company_id)
        return company

    def all(self, reach: Reach) -> Sequence[Company]:
        """The companies within reach, by name."""
        with self.works() as work:
            return work.companies.all(reach)

    def get(self, company: UUID, reach: Reach) -> Company:
        """One company.

        Raises:
            NotFoundError: ``companies.not_found``; it does not exist, or is out of reach.
        """
        with self.works() as work:
            return within(work, company, reach)

    def rename(self, company: UUID, name: str, reach: Reach, *, actor: str) -> Company:
        """Give a company another name.

        Raises:
            ContractError: ``companies.bad_name``.
            NotFoundError: ``companies.not_found``.
        """
        chosen = check_name(name)
        with self.works() as work:
            row = within(work, company, reach, lock=True)
            work.companies.rename(company, chosen)
            record(work, actor, "companies.rename", company)
        return replace(row, name=chosen)


@dataclass(frozen=True, slots=True)
class KeepBranches:
    """Makes, lists and names branches of a company."""

    works: OpenCompanyWork
    clock: Clock

    def all(self, company: UUID, reach: Reach) -> Sequence[Branch]:
        """The branches of a company, by name.

        Raises:
            NotFoundError: ``companies.not_found``.
        """
        with self.works() as work:
            within(work, company, reach)
            return work.companies.branches(company)

    def create(self, company: UUID, name: str, reach: Reach, *, actor: str) -> Branch:
        """Make a branch.

        Raises:
            ContractError: ``companies.bad_name``.
            NotFoundError: ``companies.not_found``.
            ConflictError: ``companies.branch_exists``.
        """
        branch = Branch(UUID(new_id()), company, check_name(name), self.clock.now())
        with self.works() as work:
            within(work, company, reach)
            if not work.companies.add_branch(branch):
                raise _branch_exists(branch.name)
            record(work, actor, "branches.create", company, branch=branch.branch_id)
        return branch

    def rename(self, company: UUID, branch: UUID, name: str, reach: Reach, *, actor: str) -> Branch:
        """Give a branch another name.

        Raises:
            ContractError: ``companies.bad_name``.
            NotFoundError: ``companies.not_found``, ``companies.branch_not_found``.
            ConflictError: ``companies.branch_exists``.
        """
        chosen = check_name(name)
        with self.works() as work:
            within(work, company, reach, lock=True)
            row = replace(branch_of(work, company, branch), name=chosen)
            if not work.companies.rename_branch(row):
                raise _branch_exists(chosen)
            record(work, actor, "branches.rename", company, branch=branch)
        return row


def within(work: CompanyWork, company: UUID, reach: Reach, *, lock: bool = False) -> Company:
    """The company, if it is within reach.

    Raises:
        NotFoundError: ``companies.not_found``; the same whether it is foreign or missing.
    """
    row = work.companies.by_id(company, reach, lock=lock)
    if row is None:
        raise NotFoundError("There is no company of this id.", code="companies.not_found")
    return row


def branch_of(work: CompanyWork, company: UUID, branch: UUID) -> Branch:
    """The branch, if it is one of the company.

    Raises:
        NotFoundError: ``companies.branch_not_found``.
    """
    row = next((each for each in work.companies.branches(company) if each.branch_id == branch), None)
    if row is None:
        raise NotFoundError("The company has no branch of this id.", code="companies.branch_not_found")
    return row


def record(work: CompanyWork, actor: str, action: str, company: UUID, **detail: UUID | str | None) -> None:
    """Write a line of the audit trail about a company."""
    plain = {name: None if value is None else str(value) for name, value in detail.items()}
    work.record(AuditEntry(actor, action, f"company {company}", company=company, detail=plain))


def _branch_exists(name: str) -> ConflictError:
    return ConflictError(f"The company has a branch named {name!r} already.", code="companies.branch_exists")

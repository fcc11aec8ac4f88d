"""The use cases of companies on one installation's database and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from drivetrain.accounts.companies.adapters.stores import CompanyWorks
from drivetrain.accounts.companies.application.invite import AcceptInvitation, KeepInvitations
from drivetrain.accounts.companies.application.keep_companies import KeepBranches, KeepCompanies
from drivetrain.accounts.companies.application.keep_members import KeepMembers
from drivetrain.accounts.companies.application.keep_platform_roles import KeepPlatformRoles
from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.accounts.people.adapters.use_cases import FACTOR_KEY, TOKEN_KEY
from drivetrain.accounts.people.application.ports import Letters, PasswordHasher
from drivetrain.core.access import ScopeSet
from drivetrain.core.audit import AuditTrail
from drivetrain.lifecycle.kit.installation import Installation


@dataclass(frozen=True, slots=True)
class CompanyUseCases:
    """What can be done with companies, wired."""

    companies: KeepCompanies
    branches: KeepBranches
    members: KeepMembers
    invitations: KeepInvitations
    accept: AcceptInvitation
    platform_roles: KeepPlatformRoles


def company_use_cases(
    installation: Installation,
    engine: Any,
    letters: Letters,
    trail: AuditTrail,
    hasher: PasswordHasher,
    scopes: ScopeSet,
    linked: Callable[[Connection, UUID], bool],
) -> CompanyUseCases:
    """Wire them.

    Args:
        engine: of a migrated database.
        linked: whether a person signs in with an account at an identity provider.
    """
    clock = installation.clock
    works = CompanyWorks(engine, letters, trail, installation.derived_key(FACTOR_KEY), clock, linked)
    return CompanyUseCases(
        companies=KeepCompanies(works, clock),
        branches=KeepBranches(works, clock),
        members=KeepMembers(works, scopes),
        invitations=KeepInvitations(works, read_address, scopes, clock),
        accept=AcceptInvitation(works, hasher, clock, installation.derived_key(TOKEN_KEY)),
        platform_roles=KeepPlatformRoles(works, scopes),
    )

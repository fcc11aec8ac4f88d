"""A company, its branches and members, and the rules of who may do what there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drivetrain.accounts.companies.domain.scopes import COMPANIES_ADMIN
from drivetrain.core.access import Caller, PersonRole
from drivetrain.core.errors import (
    ConflictError,
    ContractError,
    FieldError,
    InvalidInputError,
    NotAllowedError,
)
from drivetrain.core.text import is_plain

COMPANY_ROLES = (PersonRole.DEALER, PersonRole.COMPANY_ADMIN)
"""Roles that count in a company. The others see what belongs to all companies."""

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """Which companies a caller can see.

    Attributes:
        everywhere: True for all there are.
        company: the only one otherwise; None for none at all.
    """

    everywhere: bool
    company: UUID | None


def reach_of(caller: Caller) -> Reach:
    """What a caller can see, by scope and company. A credential without a company sees none by itself."""
    return Reach(COMPANIES_ADMIN.name in caller.scopes, caller.company)


@dataclass(frozen=True, slots=True)
class Company:
    """A company."""

    company_id: UUID
    name: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A place of a company."""

    branch_id: UUID
    company: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is in a company.

    Attributes:
        branch: where the role counts; None in the whole company.
    """

    role: str
    branch: UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works in a company."""

    person: UUID
    name: str
    email: str
    post: Post
    since: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A post that is offered to somebody."""

    invitation_id: UUID
    company: UUID
    person: UUID
    email: str
    post: Post
    invited_by: str
    created_at: datetime
    expires_at: datetime


def check_name(name: str) -> str:
    """The name of a company or a branch, without spaces around it.

    Raises:
        ContractError: ``companies.bad_name``.
    """
    stripped = name.strip()
    if not stripped or not is_plain(stripped, longest=LONGEST_NAME):
        detail = f"A name has 1 to {LONGEST_NAME} characters of plain text."
        raise ContractError(
            [FieldError("companies.bad_name", detail, pointer="/name")], subject="The request"
        )
    return stripped


def check_post(post: Post, granted: Collection[str], held: Collection[str]) -> None:
    """Refuse a post that cannot be, or whose rights its giver lacks.

    Args:
        granted: scopes of the role.
        held: scopes of whoever gives it.

    Raises:
        InvalidInputError: ``companies.unknown_role``; ``companies.role_of_company``, a role that no branch has.
        NotAllowedError: ``companies.beyond_own_scopes``.
    """
    if post.role not in COMPANY_ROLES:
        raise InvalidInputError(
            f"{post.role!r} is no role in a company; there are: {', '.join(COMPANY_ROLES)}.",
            code="companies.unknown_role",
        )
    if post.role == PersonRole.COMPANY_ADMIN and post.branch is not None:
        raise InvalidInputError(
            "A company administrator works for the whole company; leave the branch out.",
            code="companies.role_of_company",
        )
    refuse_beyond(granted, held)


def refuse_beyond(granted: Collection[str], held: Collection[str]) -> None:
    """Refuse to give what the giver lacks.

    Raises:
        NotAllowedError: ``companies.beyond_own_scopes``.
    """
    if more := set(granted) - set(held):
        raise NotAllowedError(
            f"Nobody can give rights that they lack; you lack {', '.join(sorted(more))}.",
            code="companies.beyond_own_scopes",
        )


def keep_a_company_admin(administrators: Sequence[UUID], leaving: UUID) -> None:
    """Refuse what would leave a company without an administrator who can sign in.

    Args:
        administrators: those who can, locked until the change is made.

    Raises:
        ConflictError: nobody would be left.
    """
    if list(administrators) == [leaving]:
        raise ConflictError(
            "This is the last administrator of the company; give somebody else the role first.",
            code="companies.last_administrator",
        )

"""What the use cases of companies ask of the world: one transaction with its stores."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from drivetrain.accounts.companies.domain.company import Branch, Company, Invitation, Member, Post, Reach
from drivetrain.accounts.people.application.ports import Work


class CompanyStore(Protocol):
    """Rows of companies in the transaction of a work. What is out of reach is not there."""

    def add(self, company: Company) -> None:
        """Store a company."""
        ...

    def all(self, reach: Reach) -> Sequence[Company]:
        """Companies within reach, by name."""
        ...

    def by_id(self, company: UUID, reach: Reach, *, lock: bool = False) -> Company | None:
        """A company within reach, or None.

        Args:
            lock: whether nobody else changes it or its members until the transaction ends.
        """
        ...

    def rename(self, company: UUID, name: str) -> None:
        """Give a company another name."""
        ...

    def add_branch(self, branch: Branch) -> bool:
        """Store a branch; False where the company has one of this name, and nothing is changed."""
        ...

    def branches(self, company: UUID) -> Sequence[Branch]:
        """The branches of a company, by name."""
        ...

    def rename_branch(self, branch: Branch) -> bool:
        """Give a branch another name; False where the company has one of this name, and nothing is changed."""
        ...

    def members(self, company: UUID) -> Sequence[Member]:
        """Who works in a company, by name."""
        ...

    def administrators(self, company: UUID) -> Sequence[UUID]:
        """The company's administrators who can sign in."""
        ...

    def set_post(self, company: UUID, person: UUID, post: Post, *, by: str) -> None:
        """Give a person a post in place of those that they have in the company."""
        ...

    def remove_member(self, company: UUID, person: UUID) -> bool:
        """Take all posts in the company away; False where the person has none."""
        ...

    def add_invitation(self, invitation: Invitation, purpose: str) -> None:
        """Store an invitation with its one-time link; one of the same person and company is replaced."""
        ...

    def invitations(self, company: UUID) -> Sequence[Invitation]:
        """The open invitations of a company, newest first; expired ones too."""
        ...

    def invitation(self, invitation: UUID) -> Invitation | None:
        """An open invitation by its id, or None."""
        ...

    def remove_invitation(self, company: UUID, invitation: UUID) -> bool:
        """Delete an invitation with its link; False where the company has none of this id."""
        ...

    def grant_platform_role(self, person: UUID, role: str, *, by: str) -> bool:
        """Give a role on the whole platform; False where the person has it."""
        ...

    def revoke_platform_role(self, person: UUID, role: str) -> bool:
        """Take a role on the whole platform away; False where the person does not have it."""
        ...


class CompanyWork(Work, Protocol):
    """The stores of one transaction."""

    @property
    def companies(self) -> CompanyStore: ...  # noqa: D102

    def is_linked(self, person: UUID) -> bool:
        """Whether a person signs in with an account at an identity provider."""
        ...


class OpenCompanyWork(Protocol):
    """Opens a work."""

    def __call__(self) -> AbstractContextManager[CompanyWork]:
        """Open it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

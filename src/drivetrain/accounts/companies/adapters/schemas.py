"""Bodies and answers of companies."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.accounts.companies.domain.company import Branch, Company, Invitation, Member
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.time import iso_utc

_LONGEST_ADDRESS = 254


class NameBody(StrictBody):
    """The name of a company or a branch."""

    name: str = Field(min_length=1, max_length=100, description="1 to 100 characters of plain text.")


class PostBody(StrictBody):
    """What somebody is in a company."""

    role: str = Field(max_length=40, description="`dealer` or `company_admin`.")
    branch_id: UUID | None = Field(
        None, strict=False, description="Where the role counts; in the whole company if omitted."
    )


class InvitationBody(PostBody):
    """Who is offered which post."""

    email: str = Field(max_length=_LONGEST_ADDRESS, description="Address to which the link is sent.")
    name: str = Field(max_length=100, description="Of the account that is made where there is none.")
    language: str = Field("en", max_length=8, description="Of that account: `en`, `de`, `fr` or `ar`.")
    time_zone: str = Field("UTC", max_length=64, description="Of that account, by its IANA name.")


class AcceptanceBody(StrictBody):
    """The link of the message, and the password of a new account."""

    link: str = Field(max_length=200, description="What follows `#` in the link.")
    password: str | None = Field(
        None, max_length=1_000, description="Needed where the account has none yet; not used otherwise."
    )


class CompanyAnswer(TypedDict):
    """A company."""

    company_id: str
    name: str
    created_at: str


class CompanyList(TypedDict):
    """The companies within reach, by name."""

    items: list[CompanyAnswer]
    next: None


class BranchAnswer(TypedDict):
    """A branch of a company."""

    branch_id: str
    company_id: str
    name: str
    created_at: str


class BranchList(TypedDict):
    """The branches of a company, by name."""

    items: list[BranchAnswer]
    next: None


class MemberAnswer(TypedDict):
    """Somebody who works in the company; ``branch_id`` is null for the whole company."""

    person_id: str
    name: str
    email: str
    role: str
    branch_id: str | None
    since: str


class MemberList(TypedDict):
    """The members of a company, by name."""

    items: list[MemberAnswer]
    next: None


class InvitationAnswer(TypedDict):
    """An open invitation. Its link is sent to the address, and shown nowhere."""

    invitation_id: str
    email: str
    role: str
    branch_id: str | None
    invited_by: str
    created_at: str
    expires_at: str


class InvitationList(TypedDict):
    """The open invitations of a company, newest first."""

    items: list[InvitationAnswer]
    next: None


def company_as_dict(company: Company) -> CompanyAnswer:
    """A company as it stands in an answer."""
    return {
        "company_id": str(company.company_id),
        "name": company.name,
        "created_at": iso_utc(company.created_at),
    }


def branch_as_dict(branch: Branch) -> BranchAnswer:
    """A branch as it stands in an answer."""
    return {
        "branch_id": str(branch.branch_id),
        "company_id": str(branch.company),
        "name": branch.name,
        "created_at": iso_utc(branch.created_at),
    }


def member_as_dict(member: Member) -> MemberAnswer:
    """A member as it stands in an answer."""
    return {
        "person_id": str(member.person),
        "name": member.name,
        "email": member.email,
        "role": member.post.role,
        "branch_id": _text(member.post.branch),
        "since": iso_utc(member.since),
    }


def invitation_as_dict(invitation: Invitation) -> InvitationAnswer:
    """An invitation as it stands in an answer: never its link."""
    return {
        "invitation_id": str(invitation.invitation_id),
        "email": invitation.email,
        "role": invitation.post.role,
        "branch_id": _text(invitation.post.branch),
        "invited_by": invitation.invited_by,
        "created_at": iso_utc(invitation.created_at),
        "expires_at": iso_utc(invitation.expires_at),
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)

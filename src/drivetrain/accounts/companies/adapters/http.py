"""Routes of companies, branches, members, invitations, and roles on the whole platform.

What is out of a caller's reach is answered exactly like what does not exist.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.companies.adapters.schemas import (
    AcceptanceBody,
    BranchAnswer,
    BranchList,
    CompanyAnswer,
    CompanyList,
    InvitationAnswer,
    InvitationBody,
    InvitationList,
    MemberAnswer,
    MemberList,
    NameBody,
    PostBody,
    branch_as_dict,
    company_as_dict,
    invitation_as_dict,
    member_as_dict,
)
from drivetrain.accounts.companies.adapters.use_cases import CompanyUseCases
from drivetrain.accounts.companies.application.invite import Guest
from drivetrain.accounts.companies.domain.company import Post, reach_of
from drivetrain.accounts.companies.domain.scopes import COMPANIES_ADMIN, COMPANIES_READ, COMPANIES_WRITE
from drivetrain.adapters.http.access import Needs, public
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.same_site import refuse_other_sites
from drivetrain.core.access import Caller, PlatformScope

_reads = Needs(COMPANIES_READ.name)
_writes = Needs(COMPANIES_WRITE.name)
_administers = Needs(COMPANIES_ADMIN.name)
_administers_people = Needs(PlatformScope.USERS_ADMIN)
_NOTHING = Answer("Done.", {}, 204)
_POST = {"role": "dealer", "branch_id": "0192f0c4-0000-7000-8000-000000000000"}


def company_routes(use_cases: CompanyUseCases) -> APIRouter:
    """Routes under ``/companies``."""
    router = APIRouter(prefix="/companies", tags=["companies"])
    _add_companies(router, use_cases)
    _add_branches(router, use_cases)
    _add_members(router, use_cases)
    _add_invitations(router, use_cases)
    return router


def _add_companies(router: APIRouter, use_cases: CompanyUseCases) -> None:
    companies = use_cases.companies

    @router.get("")
    @documented(answer(CompanyList, "The companies, by name."))
    def list_companies(caller: Caller = Depends(_reads)) -> Response:
        """List the company that the caller acts for; all for those who administer companies."""
        items = [company_as_dict(company) for company in companies.all(reach_of(caller))]
        return json_answer({"items": items, "next": None})

    @router.post("", status_code=201)
    @documented(
        answer(CompanyAnswer, "The company.", status=201),
        body=body(NameBody, example={"name": "Cars & Sons"}),
    )
    async def create_company(request: Request, caller: Caller = Depends(_administers)) -> Response:
        """Make a company. Invite its first administrator next."""
        given = await read_model(request, NameBody)
        create = partial(companies.create, given.name, actor=caller.subject)
        return json_answer(company_as_dict(await run_in_threadpool(create)), status=201)

    @router.get("/{company_id}")
    @documented(answer(CompanyAnswer, "The company."), problems=[404])
    def show_company(company_id: UUID, caller: Caller = Depends(_reads)) -> Response:
        """Show a company."""
        return json_answer(company_as_dict(companies.get(company_id, reach_of(caller))))

    @router.patch("/{company_id}")
    @documented(
        answer(CompanyAnswer, "The company."), body=body(NameBody, example={"name": "Cars"}), problems=[404]
    )
    async def rename_company(
        company_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Give a company another name."""
        given = await read_model(request, NameBody)
        rename = partial(companies.rename, company_id, given.name, reach_of(caller), actor=caller.subject)
        return json_answer(company_as_dict(await run_in_threadpool(rename)))


def _add_branches(router: APIRouter, use_cases: CompanyUseCases) -> None:
    branches = use_cases.branches

    @router.get("/{company_id}/branches")
    @documented(answer(BranchList, "The branches, by name."), problems=[404])
    def list_branches(company_id: UUID, caller: Caller = Depends(_reads)) -> Response:
        """List the branches of a company."""
        items = [branch_as_dict(branch) for branch in branches.all(company_id, reach_of(caller))]
        return json_answer({"items": items, "next": None})

    @router.post("/{company_id}/branches", status_code=201)
    @documented(
        answer(BranchAnswer, "The branch.", status=201),
        body=body(NameBody, example={"name": "North"}),
        problems=[404, 409],
    )
    async def create_branch(
        company_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Make a branch."""
        given = await read_model(request, NameBody)
        create = partial(branches.create, company_id, given.name, reach_of(caller), actor=caller.subject)
        return json_answer(branch_as_dict(await run_in_threadpool(create)), status=201)

    @router.patch("/{company_id}/branches/{branch_id}")
    @documented(
        answer(BranchAnswer, "The branch."),
        body=body(NameBody, example={"name": "South"}),
        problems=[404, 409],
    )
    async def rename_branch(
        company_id: UUID, branch_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Give a branch another name."""
        given = await read_model(request, NameBody)
        rename = partial(
            branches.rename, company_id, branch_id, given.name, reach_of(caller), actor=caller.subject
        )
        return json_answer(branch_as_dict(await run_in_threadpool(rename)))


def _add_members(router: APIRouter, use_cases: CompanyUseCases) -> None:
    members = use_cases.members

    @router.get("/{company_id}/members")
    @documented(answer(MemberList, "The members, by name."), problems=[404])
    def list_members(company_id: UUID, caller: Caller = Depends(_reads)) -> Response:
        """List who works in a company."""
        items = [member_as_dict(member) for member in members.all(company_id, reach_of(caller))]
        return json_answer({"items": items, "next": None})

    @router.put("/{company_id}/members/{person_id}")
    @documented(answer(MemberAnswer, "The member."), body=body(PostBody, example=_POST), problems=[404, 409])
    async def change_member(
        company_id: UUID, person_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Give a member another role or branch in place of the present one; their sessions end."""
        given = await read_model(request, PostBody)
        post = Post(given.role, given.branch_id)
        change = partial(members.change, company_id, person_id, post, reach_of(caller), caller=caller)
        return json_answer(member_as_dict(await run_in_threadpool(change)))

    @router.delete("/{company_id}/members/{person_id}", status_code=204)
    @documented(_NOTHING, problems=[404, 409])
    def remove_member(company_id: UUID, person_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """Remove a member; the account stays, its sessions end."""
        members.remove(company_id, person_id, reach_of(caller), caller=caller)
        return Response(status_code=204)


def _add_invitations(router: APIRouter, use_cases: CompanyUseCases) -> None:
    invitations = use_cases.invitations

    @router.get("/{company_id}/invitations")
    @documented(answer(InvitationList, "The open invitations, newest first."), problems=[404])
    def list_invitations(company_id: UUID, caller: Caller = Depends(_writes)) -> Response:
        """List the invitations that were neither accepted nor withdrawn."""
        items = [invitation_as_dict(each) for each in invitations.all(company_id, reach_of(caller))]
        return json_answer({"items": items, "next": None})

    @router.post("/{company_id}/invitations", status_code=201)
    @documented(
        answer(InvitationAnswer, "The invitation; a message with its link is on its way.", status=201),
        body=body(InvitationBody, example={**_POST, "email": "ada@example.org", "name": "Ada Lovelace"}),
        problems=[404, 409],
    )
    async def create_invitation(
        company_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Offer somebody a role in the company."""
        given = await read_model(request, InvitationBody)
        guest = Guest(given.email, given.name, given.language, given.time_zone)
        post = Post(given.role, given.branch_id)
        create = partial(invitations.create, company_id, guest, post, reach_of(caller), caller=caller)
        return json_answer(invitation_as_dict(await run_in_threadpool(create)), status=201)

    @router.delete("/{company_id}/invitations/{invitation_id}", status_code=204)
    @documented(_NOTHING, problems=[404])
    def withdraw_invitation(
        company_id: UUID, invitation_id: UUID, caller: Caller = Depends(_writes)
    ) -> Response:
        """Withdraw an invitation; its link is not good any more."""
        invitations.withdraw(company_id, invitation_id, reach_of(caller), actor=caller.subject)
        return Response(status_code=204)


def acceptance_routes(use_cases: CompanyUseCases) -> APIRouter:
    """Accepting an invitation, for anybody who has its link."""
    router = APIRouter(tags=["companies"], dependencies=[Depends(public)])

    @router.post("/invitations/acceptances")
    @documented(
        answer(CompanyAnswer, "The company in which the guest works now."),
        body=body(AcceptanceBody, example={"link": "x" * 64, "password": "kettle sofa ninety rivers"}),
        problems=[403, 404, 429],
    )
    async def accept_invitation(request: Request) -> Response:
        """Accept an invitation by the link of the message; a new account gets its password."""
        refuse_other_sites(request)
        given = await read_model(request, AcceptanceBody)
        return json_answer(company_as_dict(await use_cases.accept(given.link, given.password)))

    return router


def platform_role_routes(use_cases: CompanyUseCases) -> APIRouter:
    """Roles on the whole platform, under ``/people/{person_id}/roles``."""
    router = APIRouter(prefix="/people/{person_id}/roles", tags=["people"])

    @router.put("/{role}", status_code=204)
    @documented(_NOTHING, problems=[404])
    def grant_role(person_id: UUID, role: str, caller: Caller = Depends(_administers_people)) -> Response:
        """Give a role on the whole platform; the person's sessions end."""
        use_cases.platform_roles.grant(person_id, role, caller=caller)
        return Response(status_code=204)

    @router.delete("/{role}", status_code=204)
    @documented(_NOTHING, problems=[404, 409])
    def revoke_role(person_id: UUID, role: str, caller: Caller = Depends(_administers_people)) -> Response:
        """Take a role on the whole platform away; the person's sessions end."""
        use_cases.platform_roles.revoke(person_id, role, caller=caller)
        return Response(status_code=204)

    return router

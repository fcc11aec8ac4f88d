"""Routes of people: signing up, passwords by link, one's own profile and data, and what administrators do."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.people.adapters.pace import at_steady_pace
from drivetrain.accounts.people.adapters.schemas import (
    EXAMPLE_PERSON,
    AcceptedAnswer,
    ChoosePasswordBody,
    ChosenAnswer,
    CodeBody,
    EmailBody,
    EnrollmentAnswer,
    ExportAnswer,
    MeAnswer,
    NewPersonAnswer,
    NewPersonBody,
    PeopleAnswer,
    PersonAnswer,
    ProfileBody,
    ProofBody,
    SignUpBody,
    me_as_dict,
    person_as_dict,
)
from drivetrain.accounts.people.adapters.use_cases import PeopleUseCases
from drivetrain.accounts.people.application.accounts import existing
from drivetrain.accounts.people.application.create_person import NewPerson, check_roles
from drivetrain.accounts.people.application.sign_up import SignUpRequest
from drivetrain.accounts.people.domain.codes import base32_secret, otpauth_uri
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.adapters.http.access import ANY_CALLER, SIGNED_IN, Needs, public
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.same_site import refuse_other_sites
from drivetrain.core.access import Caller, PlatformScope, ScopeSet
from drivetrain.core.audit import CLIENT_HOST
from drivetrain.core.errors import NotAllowedError, NotFoundError

_administers = Needs(PlatformScope.USERS_ADMIN)
_LINK_EXAMPLE = "x" * 64
_LINK_AND_PASSWORD = body(
    ChoosePasswordBody, example={"link": _LINK_EXAMPLE, "password": "kettle sofa ninety rivers"}
)
_LINK_PROBLEMS = (403, 404, 429, 503)
_EXPORT_EXAMPLE = {
    "tables": {"people": [{"person_id": "0192f0c4-0000-7000-8000-000000000000", "name": "Ada Lovelace"}]}
}
_NOTHING = Answer("Done.", {}, 204)


def person_of(caller: Caller) -> UUID:
    """The person whose credential it is.

    Raises:
        NotFoundError: ``people.not_found``; a key of the installation is nobody's.
    """
    if caller.person is None:
        raise NotFoundError("This key belongs to the installation and to no person.", code="people.not_found")
    return caller.person


def sign_up_routes(use_cases: PeopleUseCases) -> APIRouter:
    """Accounts and passwords by link, for anybody: every answer is the same whether or not there is an account."""
    router = APIRouter(tags=["people"], dependencies=[Depends(public)])
    _add_requests(router, use_cases)
    _add_choices(router, use_cases)
    return router


def _add_requests(router: APIRouter, use_cases: PeopleUseCases) -> None:
    """Asking for a message with a link."""

    @router.post("/sign-ups", status_code=202)
    @documented(
        answer(AcceptedAnswer, "A message is on its way, if one is needed.", status=202),
        body=body(SignUpBody, example=EXAMPLE_PERSON),
        problems=[403, 429, 503],
    )
    async def sign_up(request: Request) -> Response:
        """Ask for an account. The link in the message sets its password; sign-up may be closed here."""
        refuse_other_sites(request)
        given = await read_model(request, SignUpBody)
        wanted = SignUpRequest(given.email, given.name, given.language, given.time_zone)
        await at_steady_pace(lambda: use_cases.sign_up(wanted, client_host=client_host()))
        return _accepted()

    @router.post("/password-resets", status_code=202)
    @documented(
        answer(AcceptedAnswer, "A message is on its way, if one is needed.", status=202),
        body=body(EmailBody, example={"email": "ada@example.org"}),
        problems=[403, 429, 503],
    )
    async def request_reset(request: Request) -> Response:
        """Ask for a link that sets a new password."""
        refuse_other_sites(request)
        email = (await read_model(request, EmailBody)).email
        await at_steady_pace(lambda: use_cases.request_reset(email, client_host=client_host()))
        return _accepted()

    @router.post("/sign-in-links", status_code=202)
    @documented(
        answer(AcceptedAnswer, "A message is on its way, if one is needed.", status=202),
        body=body(EmailBody, example={"email": "ada@example.org"}),
        problems=[403, 429, 503],
    )
    async def request_sign_in_link(request: Request) -> Response:
        """Ask for a link to sign in with, in place of a password; a second factor is asked for as always."""
        refuse_other_sites(request)
        email = (await read_model(request, EmailBody)).email
        await at_steady_pace(lambda: use_cases.request_sign_in_link(email, client_host=client_host()))
        return _accepted()


def _add_choices(router: APIRouter, use_cases: PeopleUseCases) -> None:
    """Choosing a password by the link of a message."""

    @router.post("/sign-ups/confirmations")
    @documented(
        answer(ChosenAnswer, "The account can be used."), body=_LINK_AND_PASSWORD, problems=_LINK_PROBLEMS
    )
    async def confirm_sign_up(request: Request) -> Response:
        """Confirm the address by the link of the message, and choose a password."""
        return await _choose(request, Purpose.VERIFY)

    @router.post("/welcomes")
    @documented(
        answer(ChosenAnswer, "The account can be used."), body=_LINK_AND_PASSWORD, problems=_LINK_PROBLEMS
    )
    async def accept_welcome(request: Request) -> Response:
        """Choose the first password of an account that an administrator made."""
        return await _choose(request, Purpose.WELCOME)

    @router.post("/password-resets/confirmations")
    @documented(
        answer(ChosenAnswer, "The new password counts; all sessions have ended."),
        body=_LINK_AND_PASSWORD,
        problems=_LINK_PROBLEMS,
    )
    async def confirm_reset(request: Request) -> Response:
        """Set a new password by the link of the message."""
        return await _choose(request, Purpose.RESET)

    async def _choose(request: Request, purpose: Purpose) -> Response:
        refuse_other_sites(request)
        given = await read_model(request, ChoosePasswordBody)
        person = await use_cases.choose_password(given.link, purpose, given.password)
        return json_answer({"email": person.email.text})


def profile_routes(use_cases: PeopleUseCases) -> APIRouter:
    """What people do with their own account, under ``/people/me``."""
    router = APIRouter(prefix="/people/me", tags=["people"])

    def me(caller: Caller) -> MeAnswer:
        person = person_of(caller)
        with use_cases.works() as work:
            row, roles = existing(work.people, person), work.people.roles(person)
            has_factor = use_cases.second_factor.is_asked_for(work, person)
        return me_as_dict(row, roles, caller.scopes, has_second_factor=has_factor)

    @router.get("")
    @documented(answer(MeAnswer, "The person, their roles, and what this credential may do."), problems=[404])
    def show_me(caller: Caller = Depends(ANY_CALLER)) -> Response:
        """Show the person whose credential this is."""
        return json_answer(me(caller))

    @router.patch("")
    @documented(
        answer(MeAnswer, "The person."),
        body=body(ProfileBody, example={"name": "Ada King", "language": "de"}),
        problems=[404],
    )
    async def change_profile(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Change name, language or time zone."""
        given = (await read_model(request, ProfileBody)).model_dump()
        await run_in_threadpool(partial(use_cases.change_profile, person_of(caller), **given))
        return json_answer(await run_in_threadpool(me, caller))

    @router.get("/export")
    @documented(answer(ExportAnswer, "What is stored.", example=_EXPORT_EXAMPLE), problems=[404])
    def export_me(caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Get everything that is stored about you, without hashes; decisions stand under your id."""
        return json_answer({"tables": use_cases.export(person_of(caller), actor=caller.subject)})

    @router.post("/erasure", status_code=204)
    @documented(_NOTHING, body=body(ProofBody, example={"password": "..."}), problems=[404, 409, 429])
    async def erase_me(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Erase your account and all that hangs on it; this cannot be taken back."""
        given, person = await read_model(request, ProofBody), person_of(caller)
        await use_cases.prove_password(person, given.password, field="/password")
        await run_in_threadpool(lambda: use_cases.erase(person, actor=caller.subject))
        return Response(status_code=204)

    @router.post("/second-factor", status_code=201)
    @documented(
        answer(EnrollmentAnswer, "For an app; confirm it with a code.", status=201),
        body=body(ProofBody, example={"password": "..."}),
        problems=[404, 409, 429],
    )
    async def enroll_factor(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Set up a second factor. It is asked for after it was confirmed."""
        given = await read_model(request, ProofBody)
        person = await use_cases.prove_password(person_of(caller), given.password, field="/password")
        secret = await run_in_threadpool(use_cases.second_factor.enroll, person.person_id)
        uri = otpauth_uri(secret, person.email.text)
        return json_answer({"otpauth_uri": uri, "secret": base32_secret(secret)}, status=201)

    @router.post("/second-factor/removal", status_code=204)
    @documented(_NOTHING, body=body(CodeBody, example={"code": "123456"}), problems=[404, 429])
    async def remove_factor(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Remove the second factor; needs a code of it."""
        code = (await read_model(request, CodeBody)).code
        await run_in_threadpool(partial(use_cases.second_factor.remove, person_of(caller), code))
        return Response(status_code=204)

    return router


def people_routes(use_cases: PeopleUseCases, scopes: ScopeSet) -> APIRouter:
    """What administrators do with accounts, under ``/people``."""
    router = APIRouter(prefix="/people", tags=["people"])

    @router.get("", dependencies=[Depends(_administers)])
    @documented(answer(PeopleAnswer, "Everybody, newest first."))
    def list_people() -> Response:
        """List everybody who has an account."""
        with use_cases.works() as work:
            people = work.people.all()
        return json_answer({"items": [person_as_dict(person) for person in people], "next": None})

    @router.post("", status_code=201)
    @documented(
        answer(NewPersonAnswer, "The person, and the link by which they choose a password.", status=201),
        body=body(NewPersonBody, example={**EXAMPLE_PERSON, "roles": ["analyst"]}),
        problems=[409],
    )
    async def create_person(request: Request, caller: Caller = Depends(_administers)) -> Response:
        """Make an account for somebody. The link is shown in this answer only."""
        given = await read_model(request, NewPersonBody)
        check_roles(given.roles)
        if more := scopes.of_roles(given.roles) - caller.scopes:
            raise NotAllowedError(
                f"Nobody can give rights that they lack; {caller.subject!r} lacks {', '.join(sorted(more))}.",
                code="people.beyond_own_scopes",
            )
        wanted = NewPerson(given.email, given.name, given.language, given.time_zone, given.roles)
        person, token = await run_in_threadpool(lambda: use_cases.create(wanted, actor=caller.subject))
        link = "" if token is None else use_cases.link(token)
        return json_answer({**person_as_dict(person), "link": link}, status=201)

    @router.post("/{person_id}/deactivation")
    @documented(answer(PersonAnswer, "The person."), problems=[404, 409])
    def deactivate_person(person_id: UUID, caller: Caller = Depends(_administers)) -> Response:
        """Keep somebody out: all their sessions end. Nothing is erased."""
        return json_answer(person_as_dict(use_cases.deactivate(person_id, actor=caller.subject)))

    @router.delete("/{person_id}/deactivation")
    @documented(answer(PersonAnswer, "The person."), problems=[404])
    def reactivate_person(person_id: UUID, caller: Caller = Depends(_administers)) -> Response:
        """Let somebody in again."""
        return json_answer(person_as_dict(use_cases.deactivate.undo(person_id, actor=caller.subject)))

    return router


def client_host() -> str:
    """Address of the client, for counting; empty where the server does not know it."""
    return CLIENT_HOST.get() or ""


def _accepted() -> Response:
    detail = "If the address can be used here, a message is on its way; its link is good for 30 minutes."
    return json_answer({"detail": detail}, status=202)

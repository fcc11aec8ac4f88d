"""Routes of sessions: signing in and out, and looking at one's sessions."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.people.adapters.http import client_host, person_of
from drivetrain.accounts.people.adapters.schemas import CodeBody, RecoveryAnswer
from drivetrain.accounts.sessions.adapters.cookies import SessionCookies
from drivetrain.accounts.sessions.adapters.schemas import (
    ActingCompanyBody,
    ChangePasswordBody,
    EndedAnswer,
    SessionsAnswer,
    SignedInAnswer,
    SignInBody,
    session_as_dict,
)
from drivetrain.accounts.sessions.adapters.use_cases import SessionUseCases
from drivetrain.accounts.sessions.application.open_session import Origin, SignedIn
from drivetrain.accounts.sessions.application.sign_in import Credentials
from drivetrain.adapters.http.access import SIGNED_IN, public
from drivetrain.adapters.http.arrival import client_left
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.concurrency import WaitingLine
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.same_site import refuse_other_sites
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, FieldError, UnauthenticatedError

_NOTHING = Answer("Done.", {}, 204)

_MOST_AT_ONCE = 1
"""Attempts with a password that one worker works on at a time: the threads of several would keep the interpreter from
the event loop, and with it everybody else's answers, for 5 ms at each of its turns."""

_MOST_PRESENT = 50
"""Attempts that wait or are worked on in one worker: one or two seconds of work."""

_PATIENCE_S = 10.0
_CROWDED = "Too many people are signing in at once; try again in a moment."


def session_routes(use_cases: SessionUseCases) -> APIRouter:
    """Routes under ``/sessions``."""
    router = APIRouter(prefix="/sessions", tags=["sessions"])
    _add_sign_in(router, use_cases)
    _add_current(router, use_cases)
    _add_list(router, use_cases)
    _add_sign_out(router, use_cases)
    return router


def _add_sign_in(router: APIRouter, use_cases: SessionUseCases) -> None:
    cookies = use_cases.cookies
    line = WaitingLine(_MOST_AT_ONCE, most_present=_MOST_PRESENT, patience_s=_PATIENCE_S)

    @router.post("", status_code=201, dependencies=[Depends(public)])
    @documented(
        answer(SignedInAnswer, "The session has begun; its cookie comes with this answer.", status=201),
        body=body(SignInBody, example={"email": "ada@example.org", "password": "kettle sofa ninety rivers"}),
        problems=[401, 403, 404, 429, 503],
    )
    async def sign_in(request: Request) -> Response:
        """Sign in with address and password, or with a link. Ask for the session next, to see that the cookie is kept."""
        refuse_other_sites(request)
        given = await read_model(request, SignInBody)
        origin = origin_of(request, cookies)
        if given.link is not None:
            link, code = given.link, given.code
            signed_in = await run_in_threadpool(lambda: use_cases.sign_in_by_link(link, code, origin))
        else:
            credentials = _credentials(given)
            with line.enter(_CROWDED):
                async with line.place(_CROWDED, partial(client_left, request)):
                    signed_in = await use_cases.sign_in(credentials, origin)
        return await begun(use_cases, signed_in, status=201)


def _add_current(router: APIRouter, use_cases: SessionUseCases) -> None:
    cookies = use_cases.cookies

    @router.get("/current", dependencies=[Depends(public)])
    @documented(answer(SignedInAnswer, "The session of this browser."), problems=[401, 404, 503])
    async def show_session(request: Request) -> Response:
        """Show the session of this browser; where its cookie did not come back, say why that may be."""
        secret = cookies.session_in(request)
        if not secret:
            raise UnauthenticatedError(_no_cookie(request), code="sessions.no_cookie")
        caller = await use_cases.ring.caller(secret)
        person, session = await run_in_threadpool(use_cases.current, person_of(caller), caller.credential_id)
        return json_answer(await run_in_threadpool(use_cases.shown, person, session))

    @router.put("/current/company")
    @documented(
        answer(SignedInAnswer, "The session in place of the present one; its cookie comes with this answer."),
        body=body(ActingCompanyBody, example={"company_id": "0192f0c4-0000-7000-8000-000000000000"}),
        problems=[404],
    )
    async def choose_company(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Choose for which of your companies this browser acts. The session gets a new id."""
        company = (await read_model(request, ActingCompanyBody)).company_id
        choose = partial(use_cases.choose_company, person_of(caller), caller.credential_id, company)
        return await begun(use_cases, await run_in_threadpool(choose))


def _add_list(router: APIRouter, use_cases: SessionUseCases) -> None:
    @router.get("")
    @documented(answer(SessionsAnswer, "One's own sessions, the one seen last first."))
    def list_sessions(caller: Caller = Depends(SIGNED_IN)) -> Response:
        """List your sessions."""
        live = use_cases.end.live(person_of(caller))
        items = [session_as_dict(session, caller.credential_id) for session in live]
        return json_answer({"items": items, "next": None})


def _add_sign_out(router: APIRouter, use_cases: SessionUseCases) -> None:
    cookies = use_cases.cookies

    @router.delete("/current", status_code=204)
    @documented(_NOTHING, problems=[404])
    def sign_out(caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Sign out in this browser."""
        use_cases.end.one(person_of(caller), UUID(caller.credential_id))
        return _ended(Response(status_code=204))

    @router.delete("")
    @documented(answer(EndedAnswer, "All sessions have ended, this one included."))
    def sign_out_everywhere(caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Sign out everywhere."""
        return _ended(json_answer({"ended": use_cases.end.all(person_of(caller))}))

    @router.delete("/{session_id}", status_code=204)
    @documented(_NOTHING, problems=[404])
    def end_session(session_id: UUID, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """End one of your sessions."""
        use_cases.end.one(person_of(caller), session_id)
        return Response(status_code=204)

    def _ended(done: Response) -> Response:
        cookies.forget_session(done)
        return done


async def begun(use_cases: SessionUseCases, signed_in: SignedIn, *, status: int = 200) -> Response:
    """A session that has begun, with its cookie."""
    shown = await run_in_threadpool(use_cases.shown, signed_in.person, signed_in.session)
    done = json_answer(shown, status=status)
    use_cases.cookies.set_session(done, signed_in.secret, device=signed_in.device)
    return done


def password_routes(use_cases: SessionUseCases) -> APIRouter:
    """Changing one's password or confirming a second factor, which begin a new session."""
    router = APIRouter(prefix="/people/me", tags=["people"])

    @router.put("/password")
    @documented(
        answer(SignedInAnswer, "The new password counts; all other sessions have ended."),
        body=body(
            ChangePasswordBody, example={"password": "...", "new_password": "kettle sofa ninety rivers"}
        ),
        problems=[404, 429],
    )
    async def change_password(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Change your password. All sessions end, and this browser gets a new one."""
        given = await read_model(request, ChangePasswordBody)
        origin = Origin(client_host(), request.headers.get("user-agent", ""))
        signed_in = await use_cases.change_password(
            person_of(caller), given.password, given.new_password, origin, caller.credential_id
        )
        return await begun(use_cases, signed_in)

    @router.post("/second-factor/confirmation")
    @documented(
        answer(RecoveryAnswer, "Keep these codes; they are shown once."),
        body=body(CodeBody, example={"code": "123456"}),
        problems=[404, 429],
    )
    async def confirm_factor(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Show by a code that the app works; from now on every sign-in asks for one. The session gets a new id."""
        code = (await read_model(request, CodeBody)).code
        confirm = partial(use_cases.confirm_factor, person_of(caller), caller.credential_id, code)
        recovery_codes, signed_in = await run_in_threadpool(confirm)
        done = json_answer({"recovery_codes": list(recovery_codes)})
        use_cases.cookies.set_session(done, signed_in.secret)
        return done

    return router


def origin_of(request: Request, cookies: SessionCookies) -> Origin:
    """Where a request comes from."""
    return Origin(client_host(), request.headers.get("user-agent", ""), cookies.device_in(request))


def _credentials(given: SignInBody) -> Credentials:
    """Address and password.

    Raises:
        ContractError: one is missing.
    """
    missing = [
        FieldError("input.missing", f"Give {name}, or a link.", pointer=f"/{name}")
        for name, value in (("email", given.email), ("password", given.password))
        if value is None
    ]
    if missing:
        raise ContractError(missing)
    return Credentials(given.email or "", given.password or "", given.code)


def _no_cookie(request: Request) -> str:
    """What to do where a browser sent no cookie."""
    if request.url.scheme == "https":
        return "No session cookie came with this request; sign in, and allow cookies for this address."
    return (
        "No session cookie came with this request. If you have just signed in, your browser has dropped it: over plain "
        "http browsers keep it on http://localhost and http://127.0.0.1 only. Use one of these, or https; for a browser "
        "that drops it there too, start with DRIVETRAIN_INSECURE_COOKIES=true on this machine."
    )

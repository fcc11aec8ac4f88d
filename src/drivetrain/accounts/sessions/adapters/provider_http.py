"""Routes of signing in at an identity provider, and of the accounts there that are linked to people.

The browser begins with a request of our page, goes to the provider, and comes back to our page, which sends what is in
its address. So nothing is changed by following a link, and no address that somebody sends decides where a browser goes.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.accounts.people.adapters.http import client_host, person_of
from drivetrain.accounts.people.adapters.schemas import ProofBody
from drivetrain.accounts.sessions.adapters.http import begun, origin_of
from drivetrain.accounts.sessions.adapters.provider_schemas import (
    AttemptAnswer,
    IdentitiesAnswer,
    IdentityAnswer,
    ProviderAnswerBody,
    ProvidersAnswer,
    ProviderSignInBody,
    identity_as_dict,
)
from drivetrain.accounts.sessions.adapters.schemas import SignedInAnswer
from drivetrain.accounts.sessions.adapters.use_cases import ProviderUseCases, SessionUseCases
from drivetrain.accounts.sessions.application.open_session import SignedIn
from drivetrain.accounts.sessions.application.prove_identity import ProviderAnswer
from drivetrain.accounts.sessions.domain.provider import Attempt
from drivetrain.adapters.http.access import SIGNED_IN, public
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.errors import problem_of
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.same_site import refuse_other_sites
from drivetrain.core.access import Caller
from drivetrain.core.errors import NotFoundError

_STATE = "Zk0b7n2y0x1kq3t5v8w9a4c6e2g1i3k5m7o9q0s2u4w"
_EXAMPLE = {"state": _STATE, "authorization_code": "SplxlOBeZQQYbYS6WxSbIA"}
_BEGUN = answer(
    AttemptAnswer, "Where the browser goes now; the cookie of this attempt comes with it.", status=201
)


def provider_routes(use_cases: SessionUseCases) -> APIRouter:
    """Routes under ``/sessions/providers``; they answer 404 where no provider is set up."""
    router = APIRouter(prefix="/sessions/providers", tags=["sessions"], dependencies=[Depends(public)])
    cookies, seal = use_cases.cookies, use_cases.attempts

    @router.get("")
    @documented(answer(ProvidersAnswer, "The provider that people may sign in at, if there is one."))
    async def list_providers() -> Response:
        """List the identity providers that people may sign in at."""
        provider = use_cases.provider
        return json_answer({"items": [] if provider is None else [{"label": provider.label}], "next": None})

    @router.post("/attempts", status_code=201)
    @documented(_BEGUN, problems=[403, 404, 429, 503])
    async def begin_at_provider(request: Request) -> Response:
        """Begin to sign in at the provider: the browser goes to `url`, and comes back to `/provider-sign-in`."""
        refuse_other_sites(request)
        url, attempt = await _provider(use_cases).begin.to_sign_in(client_host=client_host())
        return _attempted(use_cases, url, attempt)

    @router.post("/completions", status_code=201)
    @documented(
        answer(SignedInAnswer, "The session has begun; its cookie comes with this answer.", status=201),
        body=body(ProviderSignInBody, example=_EXAMPLE),
        problems=[401, 403, 404, 409, 429, 503],
    )
    async def sign_in_at_provider(request: Request) -> Response:
        """Sign in with what the provider sent the browser back with. With a second factor, send the same and `code`."""
        refuse_other_sites(request)
        given = await read_model(request, ProviderSignInBody)
        attempt = seal.open(cookies.attempt_in(request))
        origin = origin_of(request, cookies)
        result = await _provider(use_cases).sign_in(attempt, _answer(given), given.code, origin)
        if isinstance(result, SignedIn):
            done = await begun(use_cases, result, status=201)
            cookies.forget_attempt(done)
            return done
        refusal = problem_of(result.error, request.state.request_id)
        cookies.set_attempt(refusal, seal.close(result.attempt))
        return refusal

    return router


def identity_routes(use_cases: SessionUseCases) -> APIRouter:
    """Routes under ``/people/me/identities``."""
    router = APIRouter(prefix="/people/me/identities", tags=["people"])
    cookies, seal = use_cases.cookies, use_cases.attempts

    @router.get("")
    @documented(answer(IdentitiesAnswer, "The accounts at identity providers that are linked to yours."))
    def list_identities(caller: Caller = Depends(SIGNED_IN)) -> Response:
        """List the accounts at identity providers by which you can sign in."""
        linked = use_cases.identities.of_person(person_of(caller))
        return json_answer({"items": [identity_as_dict(identity) for identity in linked], "next": None})

    @router.post("/attempts", status_code=201)
    @documented(_BEGUN, body=body(ProofBody, example={"password": "..."}), problems=[404, 429, 503])
    async def begin_to_link(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Begin to link an account at the provider to yours; takes the password, where you have one."""
        given = await read_model(request, ProofBody)
        url, attempt = await _provider(use_cases).begin.to_link(person_of(caller), given.password)
        return _attempted(use_cases, url, attempt)

    @router.post("", status_code=201)
    @documented(
        answer(IdentityAnswer, "You can sign in by this account from now on.", status=201),
        body=body(ProviderAnswerBody, example={**_EXAMPLE, "state": f"link.{_STATE}"}),
        problems=[404, 409, 429, 503],
    )
    async def link_identity(request: Request, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Link the account with which the provider sent the browser back."""
        given = await read_model(request, ProviderAnswerBody)
        attempt = seal.open(cookies.attempt_in(request))
        link = _provider(use_cases).link
        identity = await link(person_of(caller), attempt, _answer(given), client_host=client_host())
        done = json_answer(identity_as_dict(identity), status=201)
        cookies.forget_attempt(done)
        return done

    @router.delete("/{identity_id}", status_code=204)
    @documented(Answer("Done; sign in again.", {}, 204), problems=[404])
    async def unlink_identity(identity_id: UUID, caller: Caller = Depends(SIGNED_IN)) -> Response:
        """Remove a link. All your sessions end, this one included."""
        await run_in_threadpool(use_cases.identities.remove, person_of(caller), identity_id)
        done = Response(status_code=204)
        cookies.forget_session(done)
        return done

    return router


def _attempted(use_cases: SessionUseCases, url: str, attempt: Attempt) -> Response:
    """The answer to whoever has begun at the provider."""
    started = json_answer({"url": url}, status=201)
    use_cases.cookies.set_attempt(started, use_cases.attempts.close(attempt))
    return started


def _provider(use_cases: SessionUseCases) -> ProviderUseCases:
    """What can be done at the provider.

    Raises:
        NotFoundError: ``sessions.no_provider``; none is set up.
    """
    if use_cases.provider is None:
        raise NotFoundError(
            "People sign in with a password here; no identity provider is set up.",
            code="sessions.no_provider",
        )
    return use_cases.provider


def _answer(given: ProviderAnswerBody) -> ProviderAnswer:
    return ProviderAnswer(given.state, given.authorization_code, given.issuer, given.error)

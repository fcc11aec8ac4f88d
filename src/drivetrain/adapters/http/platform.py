"""The routes every product shares: tokens, health, metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import ANY_CALLER, Authenticator, Needs, public
from drivetrain.adapters.http.answers import DependencyAnswer
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.direct import DirectRoute
from drivetrain.adapters.http.metrics import exposition
from drivetrain.adapters.http.openapi import Answer, Content, answer, body, documented
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.health import Condition, State, worst
from drivetrain.core.time import iso_utc


class TokenRequest(StrictBody):
    """What ``POST /token`` takes."""

    api_key: str = Field(
        min_length=1, max_length=200, description="An API key, as `drivetrain keys create` printed it."
    )


class TokenAnswer(TypedDict):
    """A token; send it as ``Authorization: Bearer``. ``expires_in`` is in seconds."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    scopes: list[str]


class CallerAnswer(TypedDict):
    """Whose credential was presented, what it may do, and when it ends (null: never)."""

    subject: str
    scopes: list[str]
    expires_at: str | None


class ReadinessAnswer(TypedDict):
    """Each dependency as it was last seen; the whole is as bad as its worst part."""

    state: State
    dependencies: list[DependencyAnswer]


class LearnedFrom(TypedDict):
    """Which table a served version learned from."""

    model: str
    version: str
    dataset: str
    dataset_version: str
    is_synthetic: bool


class HealthAnswer(ReadinessAnswer):
    """The same, and which data is synthetic."""

    data: list[LearnedFrom]


class LiveAnswer(TypedDict):
    """The process answers."""

    state: Literal["ok"]


def access_routes(authenticator: Authenticator) -> APIRouter:
    """Trade an API key for a short-lived token, and look at what one holds."""
    router = APIRouter(tags=["access"], route_class=DirectRoute)

    @router.post("/token", dependencies=[Depends(public)])
    @documented(
        answer(TokenAnswer, "The token."),
        body=body(TokenRequest, example={"api_key": "dt_live_..."}),
        problems=[401, 503],
    )
    async def issue_token(request: Request) -> Response:
        """Trade an API key for a short-lived token with the same scopes."""
        caller = await authenticator.by_key((await read_model(request, TokenRequest)).api_key)
        return json_answer(
            {
                "access_token": authenticator.issue_token(caller),
                "token_type": "bearer",
                "expires_in": authenticator.token_ttl_s,
                "scopes": sorted(caller.scopes),
            }
        )

    @router.get("/validate-token")
    @documented(answer(CallerAnswer, "The caller."))
    async def validate_token(caller: Caller = Depends(ANY_CALLER)) -> Response:
        """Show whose credential this is, its scopes, and when it expires."""
        ends = caller.expires_at
        return json_answer(
            {
                "subject": caller.subject,
                "scopes": sorted(caller.scopes),
                "expires_at": None if ends is None else iso_utc(ends),
            }
        )

    return router


def health_routes(
    conditions: Callable[[], Sequence[Condition]], data: Callable[[], list[dict[str, object]]]
) -> APIRouter:
    """Liveness asks nobody; readiness names each dependency and why.

    Args:
        conditions: each dependency as it was last seen; must answer at once.
        data: for each model, which table it learned from and whether that is synthetic.
    """
    router = APIRouter(tags=["health"], dependencies=[Depends(public)], route_class=DirectRoute)

    @router.get("/health")
    @documented(answer(HealthAnswer, "The state of the whole is that of its worst part."))
    async def show_health() -> Response:
        """Show the state of each dependency and which data is synthetic."""
        conditions_now = conditions()
        return json_answer(
            {
                "state": worst(conditions_now),
                "dependencies": [condition.as_dict() for condition in conditions_now],
                "data": data(),
            }
        )

    @router.get("/health/live")
    @documented(answer(LiveAnswer, "The process answers."))
    async def check_liveness() -> Response:
        """Answer while the process is alive."""
        return json_answer({"state": "ok"})

    @router.get("/health/ready")
    @documented(
        answer(ReadinessAnswer, "Decisions can be made and recorded."),
        Answer(
            "No decision can be made now; see Retry-After.",
            {"application/json": Content(ReadinessAnswer)},
            503,
            {"Retry-After": "Seconds to wait."},
        ),
    )
    async def check_readiness() -> Response:
        """Answer 200 when a decision can be made and recorded, else 503 and why."""
        conditions_now = conditions()
        state = worst(conditions_now)
        answer = json_answer(
            {"state": state, "dependencies": [condition.as_dict() for condition in conditions_now]},
            status=503 if state == "down" else 200,
        )
        if state == "down":
            answer.headers["Retry-After"] = "2"
        return answer

    return router


def metrics_routes(registry: CollectorRegistry) -> APIRouter:
    """What Prometheus scrapes; give it a key with the role ``viewer`` as bearer credential."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics", dependencies=[Depends(Needs(PlatformScope.METRICS_READ))])
    @documented(Answer("The metrics.", {"text/plain": Content({"type": "string"})}))
    def read_metrics() -> Response:
        """Metrics of all worker processes in the Prometheus text format."""
        return Response(exposition(registry), media_type=CONTENT_TYPE_LATEST)

    return router

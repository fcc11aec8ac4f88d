"""The routes of the policy of windows."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.matching.application.release_policy import LONGEST_REASON, Release, ReleasePolicy
from drivetrain.dispatch.matching.domain.window_policies import FIRST, WINDOW_POLICIES
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ

_reads = Needs(DISPATCH_READ.name)
_promotes = Needs(PlatformScope.MODELS_PROMOTE)


class PolicyPromotion(StrictBody):
    """What ``PUT /dispatch/policy`` takes."""

    policy: str = Field(min_length=1, max_length=64, description="Name of the policy.")
    reason: str = Field(min_length=1, max_length=LONGEST_REASON, description="Kept in the history.")
    expected_release: int | None = Field(
        None, ge=0, lt=2**31, description="The release you know of, 0 for none; refused if it is another."
    )


class PolicyRollback(StrictBody):
    """What ``POST /dispatch/policy/rollback`` takes."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, description="Kept in the history.")
    expected_release: int | None = Field(
        None, ge=0, lt=2**31, description="The release you know of, 0 for none; refused if it is another."
    )


class WindowPolicyAnswer(TypedDict):
    """A policy that windows can be matched by; weights in minutes."""

    name: str
    version: str
    weights: dict[str, float]


class ReleaseDifference(TypedDict):
    """Against the league's reference in the same cities, with the 95 % interval; ``relative`` is by the reference's mean."""

    value: float
    low: float
    high: float
    relative: float | None
    verdict: str


class ReleaseMarket(TypedDict):
    """A policy in a market, by measure: means over the seeds, and differences; the reference has none."""

    means: dict[str, float]
    differences: dict[str, ReleaseDifference]


class ReleaseLeague(TypedDict):
    """What a league said of a policy when it came into force, by market."""

    version: str
    city: str
    reference: str
    markets: dict[str, ReleaseMarket]


class PolicyReleaseAnswer(TypedDict):
    """A policy came into force; ``league`` is null where no league knew it."""

    release: int
    policy: str
    version: str
    reason: str
    author: str
    released_at: str
    returns_to: int | None
    league: ReleaseLeague | None


class PolicyInForceAnswer(TypedDict):
    """The policy in force, those there are, and every release, newest first."""

    policy: WindowPolicyAnswer
    release: int
    policies: list[WindowPolicyAnswer]
    history: list[PolicyReleaseAnswer]


_RELEASE: PolicyReleaseAnswer = {
    "release": 1,
    "policy": "waiting_age",
    "version": "2",
    "reason": "serves more in the evening",
    "author": "key Ab3xk2",
    "released_at": "2026-05-01T09:23:02.104220Z",
    "returns_to": None,
    "league": {
        "version": "0123456789ab",
        "city": "synthetic",
        "reference": "nearest",
        "markets": {
            "tight": {
                "means": {"served": 0.93},
                "differences": {
                    "served": {
                        "value": 0.04,
                        "low": 0.03,
                        "high": 0.05,
                        "relative": 0.05,
                        "verdict": "better",
                    }
                },
            }
        },
    },
}


def policy_routes(release: ReleasePolicy) -> APIRouter:
    """Routes under ``/dispatch/policy``."""
    router = APIRouter(prefix="/dispatch/policy", tags=["dispatch"])

    @router.get("", dependencies=[Depends(_reads)])
    @documented(answer(PolicyInForceAnswer, "The policy in force.", example=_example()))
    def read_dispatch_policy() -> Response:
        """Show which policy windows are matched by, and the history."""
        history = release.releases.all()
        name = history[0].policy if history else FIRST
        return json_answer(
            {
                "policy": _policy(name),
                "release": history[0].number if history else 0,
                "policies": [_policy(each) for each in WINDOW_POLICIES],
                "history": [_released(each) for each in history],
            }
        )

    @router.put("")
    @documented(
        answer(PolicyReleaseAnswer, "The release.", example=_RELEASE),
        body=body(PolicyPromotion, example={"policy": "waiting_age", "reason": "serves more in the evening"}),
        problems=[404, 409],
    )
    async def promote_dispatch_policy(request: Request, caller: Caller = Depends(_promotes)) -> Response:
        """Put another policy of windows into force, with the next window of every process; it needs its league row."""
        wanted = await read_model(request, PolicyPromotion)
        done = await run_in_threadpool(
            release.promote,
            wanted.policy,
            reason=wanted.reason,
            author=caller.subject,
            expected_release=wanted.expected_release,
        )
        return json_answer(_released(done))

    @router.post("/rollback")
    @documented(
        answer(PolicyReleaseAnswer, "The release.", example=_RELEASE),
        body=body(PolicyRollback, example={"reason": "waits grew"}),
        problems=[409],
    )
    async def roll_back_dispatch_policy(request: Request, caller: Caller = Depends(_promotes)) -> Response:
        """Put the policy before the last promotion into force again; rolling back again goes one further back."""
        wanted = await read_model(request, PolicyRollback)
        done = await run_in_threadpool(
            release.roll_back,
            reason=wanted.reason,
            author=caller.subject,
            expected_release=wanted.expected_release,
        )
        return json_answer(_released(done))

    return router


def _policy(name: str) -> WindowPolicyAnswer:
    policy = WINDOW_POLICIES.get(name)
    if policy is None:  # a newer program released it
        return {"name": name, "version": "", "weights": {}}
    return {"name": name, "version": policy.version, "weights": dict(policy.weights.as_mapping())}


def _released(release: Release) -> PolicyReleaseAnswer:
    return {
        "release": release.number,
        "policy": release.policy,
        "version": release.version,
        "reason": release.reason,
        "author": release.author,
        "released_at": iso_utc(release.released_at),
        "returns_to": release.returns_to,
        "league": cast(ReleaseLeague, dict(release.league)) if release.league else None,
    }


def _example() -> PolicyInForceAnswer:
    return {
        "policy": _policy("waiting_age"),
        "release": 1,
        "policies": [_policy(each) for each in WINDOW_POLICIES],
        "history": [_RELEASE],
    }

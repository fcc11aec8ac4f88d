"""Replays: logged decisions answered again, by the versions that made them or by another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.model_answers import ReplayAnswer
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import PlatformScope
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.time import LONGEST_INSTANT, Clock, parse_optional_instant
from drivetrain.lifecycle.releasing.replay import Window

MOST_OVER_HTTP = 100_000
"""A request waits for its replay; larger windows are for the command line."""


class ReplayRequest(StrictBody):
    """What ``POST /replays`` takes."""

    model: str = Field(max_length=64, description="Name of the model.")
    version: str | None = Field(
        None,
        pattern=r"^[0-9]{1,9}$",
        description="The version that answers every decision; each by the version that made it when left out.",
    )
    since: str | None = Field(
        None,
        max_length=LONGEST_INSTANT,
        description="ISO 8601 instant with its zone; a day ago when left out.",
    )
    until: str | None = Field(
        None, max_length=LONGEST_INSTANT, description="ISO 8601 instant with its zone; now when left out."
    )
    most: int = Field(
        MOST_OVER_HTTP, ge=1, le=MOST_OVER_HTTP, description="Newest decisions of the window to replay."
    )


def replay_routes(run: Callable[[str, str | None, Window], Mapping[str, object]], clock: Clock) -> APIRouter:
    """Routes over the ledger and the registry.

    Args:
        run: replays a window of a model's decisions, with a version or each with its own, and reports.
    """
    router = APIRouter(tags=["decisions"])
    running = Lock()

    def alone(model: str, version: str | None, window: Window) -> Mapping[str, object]:
        """One replay at a time in each process: it takes processor time from those who wait for answers."""
        if not running.acquire(blocking=False):
            raise TooManyRequestsError("A replay is running; retry when it has finished.", retry_after_s=5)
        try:
            return run(model, version, window)
        finally:
            running.release()

    @router.post("/replays", dependencies=[Depends(Needs(PlatformScope.DECISIONS_READ))])
    @documented(
        answer(ReplayAnswer, "What would have changed, and for whom."),
        body=body(
            ReplayRequest,
            example={"model": "used-car-price", "version": "4", "since": "2026-05-01T00:00:00Z"},
        ),
        problems=[404, 409, 429],
    )
    async def replay_decisions(request: Request) -> Response:
        """Recompute logged decisions: what would have changed, and for whom.

        Without a version, each decision is answered by the version that made it, and every answer must be identical.
        """
        body = await read_model(request, ReplayRequest)
        until = parse_optional_instant(body.until, "/until") or clock.now()
        since = parse_optional_instant(body.since, "/since")
        window = Window.of_request(since, until, body.most)
        return json_answer(await run_in_threadpool(alone, body.model, body.version, window))

    return router

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
from drivetrain.adapters.http.tasks import EXAMPLE, TaskAnswer, accepted_task
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.time import LONGEST_INSTANT, Clock, parse_optional_instant
from drivetrain.lifecycle.kit.task_records import TaskRecord
from drivetrain.lifecycle.releasing.replay import MOST_DECISIONS, Window

MOST_OVER_HTTP = 100_000
"""A request waits for its replay; larger windows are for the background or the command line."""

_reads = Needs(PlatformScope.DECISIONS_READ)


class _WindowRequest(StrictBody):
    """Instants between which decisions lie."""

    since: str | None = Field(
        None,
        max_length=LONGEST_INSTANT,
        description="ISO 8601 instant with its zone; a day ago when left out.",
    )
    until: str | None = Field(
        None, max_length=LONGEST_INSTANT, description="ISO 8601 instant with its zone; now when left out."
    )

    def window(self, most: int, clock: Clock) -> Window:
        """The window asked for; the last day where nothing is said.

        Raises:
            ContractError: ``input.bad_instant``.
            InvalidInputError: it ends before it begins.
        """
        until = parse_optional_instant(self.until, "/until") or clock.now()
        return Window.of_request(parse_optional_instant(self.since, "/since"), until, most)


class ReplayRequest(_WindowRequest):
    """What ``POST /replays`` takes."""

    model: str = Field(max_length=64, description="Name of the model.")
    version: str | None = Field(
        None,
        pattern=r"^[0-9]{1,9}$",
        description="The version that answers every decision; each by the version that made it when left out.",
    )
    most: int = Field(
        MOST_OVER_HTTP, ge=1, le=MOST_OVER_HTTP, description="Newest decisions of the window to replay."
    )


class VersionPreviewRequest(_WindowRequest):
    """What ``POST /models/{name}/previews`` takes."""

    version: str = Field(pattern=r"^[0-9]{1,9}$", description="The version that answers every decision.")
    most: int = Field(
        MOST_OVER_HTTP, ge=1, le=MOST_DECISIONS, description="Newest decisions of the window to replay."
    )


PreviewVersion = Callable[[str, str, Window, str], TaskRecord]
"""Defers the replay of a window of a model's decisions with a version, for an actor."""


def replay_routes(
    run: Callable[[str, str | None, Window], Mapping[str, object]], preview: PreviewVersion, clock: Clock
) -> APIRouter:
    """Routes over the ledger and the registry.

    Args:
        run: replays a window of a model's decisions, with a version or each with its own, and reports.
        preview: has the same done in the background.
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

    @router.post("/replays", dependencies=[Depends(_reads)])
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
        window = body.window(body.most, clock)
        return json_answer(await run_in_threadpool(alone, body.model, body.version, window))

    @router.post("/models/{name}/previews", status_code=202)
    @documented(
        answer(
            TaskAnswer,
            "The task; its result is what `POST /replays` answers, and `GET /tasks/{task_id}` shows its progress.",
            status=202,
            example=EXAMPLE,
        ),
        body=body(VersionPreviewRequest, example={"version": "4", "since": "2026-05-01T00:00:00Z"}),
        problems=[404, 429],
    )
    async def preview_model_version(
        name: str, request: Request, caller: Caller = Depends(_reads)
    ) -> Response:
        """Replay logged decisions with a version in the background: what would change, and for whom, if it went live."""
        body = await read_model(request, VersionPreviewRequest)
        window = body.window(body.most, clock)
        record = await run_in_threadpool(preview, name, body.version, window, caller.subject)
        return accepted_task(record)

    return router

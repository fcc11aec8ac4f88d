"""What the place of a route costs: the same trivial handler as first and as last of many routes, in one process."""

from __future__ import annotations

import asyncio
import time
from statistics import median

from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Message

from bench.report import Figure, at_most, shown
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.route_table import add_routes, install_route_table

MORE_ROUTES = 500
ROUNDS, REQUESTS = 9, 2_000
MOST_RATIO = 1.1
_PATH = "/trivial"


def measure(*, is_quick: bool) -> list[Figure]:
    """CPU time of a request by the place of its route, in turn."""
    applications = {
        "alone": _application(0, is_last=False),
        f"first of {MORE_ROUTES + 1}": _application(MORE_ROUTES, is_last=False),
        f"last of {MORE_ROUTES + 1}": _application(MORE_ROUTES, is_last=True),
    }
    requests = REQUESTS // 10 if is_quick else REQUESTS
    us: dict[str, list[float]] = {name: [] for name in applications}
    with asyncio.Runner() as runner:
        for _ in range(ROUNDS + 1):
            for name, app in applications.items():
                us[name].append(runner.run(_us_per_request(app, requests)))
    medians = {name: median(values[1:]) for name, values in us.items()}  # the first round warms up
    return [
        *(shown(f"a trivial route, {name}", us[name][1:], "µs") for name in applications),
        at_most(
            "dearest over cheapest, medians",
            [max(medians.values()) / min(medians.values())],
            MOST_RATIO,
            "x",
        ),
    ]


def _application(others: int, *, is_last: bool) -> FastAPI:
    app = FastAPI(
        redirect_slashes=False,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    install_problem_answers(app)
    router = APIRouter()

    async def trivial() -> PlainTextResponse:
        return PlainTextResponse("ok")

    paths = [f"/others/{number}/{{id}}" for number in range(others)]
    for path in [*paths, _PATH] if is_last else [_PATH, *paths]:
        router.get(path)(trivial)
    add_routes(app.router, router)
    install_route_table(app)
    return app


async def _us_per_request(app: FastAPI, requests: int) -> float:
    """CPU time of a request, microseconds."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None: ...

    started = time.process_time()
    for _ in range(requests):
        scope = {
            "type": "http",
            "method": "GET",
            "path": _PATH,
            "raw_path": _PATH.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [],
            "http_version": "1.1",
            "scheme": "http",
            "state": {"request_id": "bench"},
        }
        await app(scope, receive, send)
    return (time.process_time() - started) / requests * 1e6

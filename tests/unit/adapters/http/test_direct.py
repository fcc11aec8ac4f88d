"""The short way answers what the long one answers: status, headers and body, for good requests and every kind of error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs, public
from drivetrain.adapters.http.bodies import json_answer, read_flag, read_object
from drivetrain.adapters.http.direct import DirectRoute, ShortWay
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import STATUSES, install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.origins import allow_origins
from drivetrain.adapters.http.route_table import add_routes, install_route_table
from drivetrain.core import errors as known
from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, DrivetrainError, FieldError
from drivetrain.core.token_buckets import TokenBuckets

SCOPE = "predict"
NEEDS = Needs(SCOPE)
KEY = (b"x-api-key", b"good")
JSON = (b"content-type", b"application/json")

ERRORS: Mapping[str, Exception] = {
    **{
        cls.__name__: cls("d", code="a.b")
        for cls in STATUSES
        if cls not in (known.TooManyRequestsError, known.UnavailableError)
    },
    "TooManyRequestsError": known.TooManyRequestsError("d", retry_after_s=7),
    "UnavailableError": known.UnavailableError("d", code="ledger.full", retry_after_s=7),
    "ModelNotReadyError": known.ModelNotReadyError("m", "r"),
    "ContractError": ContractError([FieldError("c", "d", pointer="/x"), FieldError("c", "é", pointer="/y")]),
    "an error without a status": DrivetrainError("d"),
    "HTTPException": HTTPException(418, "no coffee", {"X-Pot": "tea"}),
    "a bug": ZeroDivisionError("hunter2"),
}


class OneKey:
    """Knows one key, with or without the scope."""

    async def authenticate(self, request: Request) -> Caller:
        key = request.headers.get("x-api-key")
        if key is None:
            raise known.UnauthenticatedError("No key.", code="auth.missing")
        return Caller("shop", key, frozenset({SCOPE} if key == "good" else ()))


def application() -> FastAPI:
    """Direct routes beside an ordinary one."""
    app = FastAPI(redirect_slashes=False)
    app.state.authenticator = OneKey()
    install_problem_answers(app)
    router = APIRouter(prefix="/direct")

    async def echo(request: Request, caller: Caller = Depends(NEEDS)) -> Response:
        explain = read_flag(request, "explain", default=True)
        body = await read_object(request, limit=100)
        return json_answer({"caller": caller.subject, "explain": explain, "body": body}, status=201)

    async def many(
        request: Request, mode: Literal["atomic", "partial"] = "atomic", caller: Caller = Depends(NEEDS)
    ) -> Response:
        return json_answer({"caller": caller.subject, "mode": mode})

    async def fail(request: Request, caller: Caller = Depends(NEEDS)) -> Response:
        raise ERRORS[request.query_params["error"]]

    async def known(caller: Caller = Depends(NEEDS)) -> Response:
        return json_answer({"caller": caller.subject})

    endpoints = {"/echo": echo, "/many": many, "/fail": fail, "/known": known}
    for path, endpoint in endpoints.items():
        router.add_api_route(path, endpoint, methods=["POST"], route_class_override=DirectRoute)

    async def anybody() -> Response:
        return json_answer({"state": "ok"})

    router.add_api_route(
        "/public", anybody, methods=["POST"], dependencies=[Depends(public)], route_class_override=DirectRoute
    )

    @router.get("/{name}")
    async def ordinary(name: str) -> dict[str, str]:
        return {"name": name}

    add_routes(app.router, router)
    return app


def both_ways(app: FastAPI) -> tuple[Edge, Edge]:
    """The application behind the edge, without and with the short way."""
    short_way = ShortWay(app, install_route_table(app))
    long, short = (
        Edge(allow_origins(way, ["https://a"]), HttpMetrics(CollectorRegistry())) for way in (app, short_way)
    )
    return long, short


async def answer(
    edge: Edge,
    path: str,
    query: str = "",
    *headers: tuple[bytes, bytes],
    method: str = "POST",
    body: bytes = b"{}",
    leaves: bool = False,
) -> dict[str, Any]:
    """All that one request is answered, in one piece."""
    messages = iter(
        [{"type": "http.disconnect"}]
        if leaves
        else [{"type": "http.request", "body": body, "more_body": False}]
    )
    sent: list[dict[str, Any]] = []

    async def receive():
        return next(messages, None) or await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"x-request-id", b"r-1"), (b"origin", b"https://a"), *headers],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
    }
    await edge(scope, receive, send)
    start, *bodies = sent
    return {
        "status": start["status"],
        "headers": sorted(start["headers"]),
        "body": b"".join(part.get("body", b"") for part in bodies),
        "route": getattr(scope.get("route"), "path", None),
        "caller": scope["state"].get("caller"),
    }


CASES: Mapping[str, tuple[Any, ...]] = {
    "good": ("/direct/echo", "explain=false", KEY, JSON),
    "a list": ("/direct/many", "mode=partial", KEY),
    "the usual mode": ("/direct/many", "", KEY),
    "a mode that is none": ("/direct/many", "mode=both", KEY),
    "two modes": ("/direct/many", "mode=atomic&mode=partial", KEY),
    "a parameter that nobody reads": ("/direct/many", "moon=full", KEY),
    "a flag that is none": ("/direct/echo", "explain=perhaps", KEY, JSON),
    "only a caller": ("/direct/known", "", KEY),
    "only a caller, and none": ("/direct/known",),
    "for anybody": ("/direct/public",),
    "for anybody, with a key that is none": ("/direct/public", "", (b"x-api-key", b"?")),
    "no key": ("/direct/echo", "", JSON),
    "no key, and a mode that is none": ("/direct/many", "mode=both"),
    "no scope": ("/direct/echo", "", (b"x-api-key", b"other"), JSON),
    "no JSON": ("/direct/echo", "", KEY),
    "compressed": ("/direct/echo", "", KEY, JSON, (b"content-encoding", b"gzip")),
    "a length that is too large": ("/direct/echo", "", KEY, JSON, (b"content-length", b"101")),
    **{f"raises {name}": ("/direct/fail", f"error={name}", KEY) for name in ERRORS},
}
BODIES = {"not JSON": b"{", "no object": b"[]", "repeated": b'{"a":1,"a":2}', "too large": b" " * 101}


@pytest.fixture(scope="module")
def ways() -> tuple[Edge, Edge]:
    return both_ways(application())


class TestBothWays:
    @pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
    async def test_they_answer_the_same(self, ways, case):
        long, short = [await answer(edge, *case) for edge in ways]
        assert short == long
        assert (b"x-request-id", b"r-1") in short["headers"]
        assert (b"access-control-allow-origin", b"https://a") in short["headers"]

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
    async def test_they_refuse_the_same_bodies(self, ways, body):
        long, short = [await answer(edge, "/direct/echo", "", KEY, JSON, body=body) for edge in ways]
        assert short == long
        assert short["status"] in (400, 413, 422)

    async def test_they_notice_a_client_that_has_left(self, ways):
        long, short = [await answer(edge, "/direct/echo", "", KEY, JSON, leaves=True) for edge in ways]
        assert short == long
        assert json.loads(short["body"])["code"] == "input.cut_short"

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "BREW"])
    async def test_they_refuse_the_same_methods(self, ways, method):
        long, short = [await answer(edge, "/direct/echo", "", KEY, method=method) for edge in ways]
        assert short == long

    async def test_ordinary_routes_and_what_is_not_there_are_left_to_the_application(self, ways):
        for path in ("/direct/x", "/nowhere"):
            long, short = [await answer(edge, path, method="GET") for edge in ways]
            assert short == long

    async def test_they_hold_keys_to_the_same_quota(self):
        app = application()
        ways = both_ways(app)
        for edge in ways:
            app.state.quota = TokenBuckets(1.0, 1.0, monotonic_s=lambda: 0.0)
            statuses = [(await answer(edge, "/direct/many", "", KEY))["status"] for _ in range(4)]
            assert statuses == [200, 200, 429, 429]

    async def test_every_status_of_the_error_table_was_among_the_cases(self, ways):
        statuses = {(await answer(ways[1], *case))["status"] for case in CASES.values()}
        assert statuses >= set(STATUSES.values()) | {200, 201, 418, 500}


class TestShortWay:
    async def test_it_does_not_enter_the_application(self):
        app = application()
        short_way = ShortWay(app, install_route_table(app))

        async def closed(scope, receive, send):
            raise AssertionError("the application was entered")

        app.middleware_stack = closed
        edge = Edge(short_way, HttpMetrics(CollectorRegistry()))
        assert (await answer(edge, "/direct/echo", "", KEY, JSON))["status"] == 201
        assert (await answer(edge, "/direct/x", method="GET"))["status"] == 500


class TestDeclarations:
    def test_a_direct_route_without_a_scope_is_refused(self):
        async def anybody(request: Request, caller: None = Depends(lambda: None)) -> Response: ...

        with pytest.raises(TypeError, match="scope"):
            DirectRoute("/x", anybody)

    def test_a_direct_route_takes_nothing_from_path_or_headers(self):
        async def named(name: str, request: Request, caller: Caller = Depends(NEEDS)) -> Response: ...

        with pytest.raises(TypeError, match="takes more"):
            DirectRoute("/x/{name}", named)

    def test_a_direct_route_is_a_coroutine(self):
        def slow(caller: Caller = Depends(NEEDS)) -> Response: ...

        with pytest.raises(TypeError, match="takes more"):
            DirectRoute("/x", slow)

"""A table finds what the framework's walk through all routes finds, at a cost that the number of routes does not change."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match, Mount, Route
from tests.support.work import counted_calls

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.route_table import RouteTable, add_routes, install_route_table

TEMPLATES = (
    ("GET", "/"),
    ("GET", "/models"),
    ("POST", "/models"),
    ("GET", "/models/{name}"),
    ("GET", "/models/compare"),  # taken by the one before
    ("DELETE", "/models/compare"),
    ("GET", "/models/{name}/versions/{version:int}"),
    ("GET", "/models/{name}/versions/latest"),
    ("GET", "/models/live/versions/{version}"),
    ("PUT", "/models/{name}/versions/{version}"),
    ("GET", "/files/{path:path}"),
    ("POST", "/files/{path:path}/parts"),
    ("GET", "/files/one"),
    ("GET", "/{word}/x"),
    ("GET", "/reports/{day}.csv"),
    ("GET", "/reports/{day}"),
)
SEGMENTS = st.sampled_from(
    [
        *(
            "",
            "models",
            "compare",
            "live",
            "versions",
            "latest",
            "7",
            "-1",
            "files",
            "one",
            "parts",
            "reports",
        ),
        *("2026.csv", "x", "a b", "é", "..", "{name}", "x\n", "\n", "%2F"),
    ]
)


async def nothing() -> None:
    """Answers nothing."""


def routes_of(templates: tuple[tuple[str, str], ...]) -> list[BaseRoute]:
    return [APIRoute(path, nothing, methods=[method]) for method, path in templates]


def walk(routes: list[BaseRoute], scope: dict[str, Any]) -> tuple[BaseRoute, dict[str, Any]] | None:
    """What the framework does."""
    partial = None
    for route in routes:
        match, added = route.matches(scope)
        if match is Match.FULL:
            return route, added
        if match is Match.PARTIAL and partial is None:
            partial = route, added
    return partial


def same(table: RouteTable, routes: list[BaseRoute], method: str, path: str) -> None:
    scope = {"type": "http", "method": method, "path": path}
    found, expected = table.find(dict(scope)), walk(routes, dict(scope))
    assert (found is None) is (expected is None)
    if found is not None and expected is not None:
        assert found[0] is expected[0]
        assert found[1] == expected[1]


class TestFinding:
    routes = routes_of(TEMPLATES)
    table = RouteTable(routes)

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "",
            "*",
            "models",
            "//",
            "/models",
            "/models/",
            "//models",
            "/models\n",
            "/models/compare",
            "/models/a/versions/7",
            "/models/a/versions/seven",
            "/models/a/versions/latest",
            "/models/live/versions/7",
            "/files",
            "/files/",
            "/files/one",
            "/files/one/two/parts",
            "/files/x\ny",
            "/reports/2026.csv",
            "/reports/2026",
            "/anything/x",
            "/files/x",
            "/nowhere",
            "/" + "a/" * 20_000,
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "BREW"])
    def test_it_is_the_route_that_the_framework_takes(self, method, path):
        same(self.table, self.routes, method, path)

    @given(st.lists(SEGMENTS, max_size=6), st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
    def test_it_is_so_for_any_path(self, segments, method):
        same(self.table, self.routes, method, "/" + "/".join(segments))

    def test_a_path_without_parameters_is_one_look_up(self):
        assert ("/models", "POST") in self.table.exact
        assert (
            "/files/one",
            "GET",
        ) not in self.table.exact  # a route before it takes the path as a parameter
        assert ("/models/compare", "DELETE") in self.table.exact

    def test_parameters_of_one_request_are_not_those_of_another(self):
        scope = {"type": "http", "method": "POST", "path": "/models"}
        (_, first), (_, second) = self.table.find(scope), self.table.find(scope)
        first["path_params"]["name"] = "x"
        assert second["path_params"] == {}

    def test_routes_of_other_kinds_are_tried_in_their_order(self):
        mounted = Mount("/models", routes=[Route("/inner", PlainTextResponse("inner"))])
        routes = [*routes_of((("GET", "/models/first"),)), mounted, *routes_of((("GET", "/models/inner"),))]
        table = RouteTable(routes)
        assert table.find({"type": "http", "method": "GET", "path": "/models/first"})[0] is routes[0]
        assert table.find({"type": "http", "method": "GET", "path": "/models/inner"})[0] is mounted


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    router = APIRouter(prefix="/models")

    @router.get("/{name}")
    async def show(name: str) -> dict[str, str]:
        return {"name": name}

    @router.put("")
    async def put() -> dict[str, str]:
        return {"name": "put"}

    add_routes(app.router, router)
    app.add_route("/plain", lambda _: PlainTextResponse("plain"))
    install_route_table(app)
    return app


class TestApplication:
    async def test_routes_answer_with_their_parameters(self, client):
        assert (await client.get("/models/m%2Fx")).status_code == 404
        assert (await client.get("/models/m x")).json() == {"name": "m x"}
        assert (await client.put("/models")).json() == {"name": "put"}
        assert (await client.get("/plain")).text == "plain"

    async def test_what_is_not_there_is_a_problem(self, client, sample):
        answer = await client.get("/nowhere")
        assert (answer.status_code, answer.json()["code"]) == (404, "http.no_such_route")
        assert sample("http_requests_total", method="GET", handler="unmatched", status="4xx") == 1

    async def test_another_method_is_a_problem_that_names_those_there_are(self, client):
        answer = await client.delete("/models/m")
        assert (answer.status_code, answer.json()["code"]) == (405, "http.method_not_allowed")
        assert answer.headers["allow"] == "GET"
        assert (await client.post("/plain")).status_code == 405

    async def test_requests_are_counted_by_their_template(self, client, sample):
        await client.get("/models/m")
        assert sample("http_requests_total", method="GET", handler="/models/{name}", status="2xx") == 1

    async def test_below_a_prefix_that_a_server_names_routes_are_found_as_before(self, app, registry):
        assert await status_of(Edge(app, HttpMetrics(registry)), "/v1/models/m", root_path="/v1") == 200

    async def test_the_start_of_the_application_passes(self, app):
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        sent = []

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message["type"])

        await app({"type": "lifespan"}, receive, send)
        assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    def test_an_application_that_redirects_is_refused(self):
        with pytest.raises(ValueError, match="redirect_slashes"):
            install_route_table(FastAPI())

    def test_tags_of_a_router_come_before_those_of_the_routes_added_to_it(self):
        outer, inner = APIRouter(tags=["outer"]), APIRouter(tags=["inner"])
        inner.get("/x")(nothing)
        add_routes(outer, inner)
        assert [route.tags for route in outer.routes] == [["outer", "inner"]]

    @pytest.mark.parametrize(
        "outer",
        [APIRouter(prefix="/outer"), APIRouter(dependencies=[Depends(nothing)])],
        ids=["prefix", "access"],
    )
    def test_a_router_of_which_added_routes_would_lose_something_is_refused(self, outer):
        inner = APIRouter()
        inner.get("/x")(nothing)
        with pytest.raises(ValueError, match="dependencies"):
            add_routes(outer, inner)
        assert outer.routes == []


class TestCost:
    """What is counted is work, never time: every call of a function of Python or C."""

    @pytest.mark.parametrize("path", ["/trivial", "/things/{id}"])
    def test_the_place_of_a_route_and_the_number_of_others_change_nothing(self, path, registry):
        counts = {
            (others, is_last): calls_of(trivial_application(path, others, is_last=is_last), path)
            for others in (0, 75, 575)
            for is_last in (False, True)
        }
        assert len({count.total() for count in counts.values()}) == 1, counts
        assert counts[0, False] == counts[575, True]

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/nowhere"), ("GET", "/nowhere/7"), ("POST", "/trivial")]
    )
    def test_what_is_refused_costs_no_more_beside_many_routes(self, method, path):
        few, many = (
            calls_of(trivial_application("/trivial", others, is_last=True), path, method)
            for others in (1, 575)
        )
        assert few == many


def trivial_application(path: str, others: int, *, is_last: bool) -> FastAPI:
    """An application with a trivial handler as its first or last route."""
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    router = APIRouter()

    async def trivial() -> PlainTextResponse:
        return PlainTextResponse("ok")

    if not is_last:
        router.get(path)(trivial)
    for number in range(others):
        router.get(f"/others/{number}" if number % 2 else f"/others/{number}/{{id}}/parts")(nothing)
    if is_last:
        router.get(path)(trivial)
    add_routes(app.router, router)
    install_route_table(app)
    return app


def calls_of(app: FastAPI, path: str, method: str = "GET") -> Counter[str]:
    """Calls that one request makes, by name, once everything is warm."""

    async def asked() -> Counter[str]:
        for _ in range(3):
            await status_of(app, path.replace("{id}", "7"), method)
        with counted_calls() as calls:
            await status_of(app, path.replace("{id}", "7"), method)
        return calls

    return asyncio.run(asked())


async def status_of(application: Any, path: str, method: str = "GET", root_path: str = "") -> int:
    """The status that one bare request is answered with."""
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application(
        {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": root_path,
            "query_string": b"",
            "headers": [],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("test", 80),
            "state": {"request_id": "r-1"},
        },
        receive,
        send,
    )
    return statuses[0]

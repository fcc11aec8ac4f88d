"""Every request has one id, one log line and one measurement, and no client can invent labels."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import StreamingResponse

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    router = APIRouter(prefix="/models")

    @router.get("/{name}")
    async def show(name: str, request: Request) -> dict[str, str]:
        request.state.caller = "desk"
        return {"name": name, "request_id": request.state.request_id}

    @router.get("/{name}/bug")
    async def bug(name: str) -> None:
        raise RuntimeError("bug")

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def parts():
            yield b"half of it"
            raise RuntimeError("bug in the middle")

        return StreamingResponse(parts())

    app.include_router(router)
    return app


class TestRequestId:
    @pytest.mark.parametrize(
        "given", ["a", "r-1", "0198c0de-0000-7000-8000-000000000000", "A.b_c:d-9", "x" * 64]
    )
    async def test_a_plain_id_is_taken_over(self, client, given):
        answer = await client.get("/models/m", headers={"X-Request-Id": given})
        assert answer.headers.get_list("x-request-id") == [given]
        assert answer.json()["request_id"] == given

    @pytest.mark.parametrize(
        "given", ["", "x" * 65, "a b", "a\tb", "<script>", '"', "a,b", "né".encode(), "a;b", "a/b"]
    )
    async def test_any_other_id_is_replaced(self, client, given):
        answer = await client.get("/models/m", headers={"X-Request-Id": given})
        assert UUID(answer.headers["x-request-id"]).version == 7
        assert answer.json()["request_id"] == answer.headers["x-request-id"]

    async def test_without_one_every_request_gets_its_own(self, client):
        ids = {(await client.get("/models/m")).headers["x-request-id"] for _ in range(20)}
        assert len(ids) == 20

    async def test_errors_carry_it_too(self, client):
        for path in ("/nowhere", "/models/m/bug"):
            answer = await client.get(path, headers={"X-Request-Id": "r-1"})
            assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("r-1", "r-1")


class TestMeasurement:
    async def test_requests_are_counted_by_template_and_not_by_address(self, client, sample):
        for name in ("one", "two", "three"):
            await client.get(f"/models/{name}")
        assert sample("http_requests_total", method="GET", handler="/models/{name}", status="2xx") == 3
        assert sample("http_request_duration_seconds_count", method="GET", handler="/models/{name}") == 3

    async def test_addresses_and_methods_that_clients_invent_share_one_series(self, client, registry):
        for number in range(20):
            await client.request(f"METHOD{number}", f"/nowhere/{number}")
            await client.request("GET", f"/nowhere/{number}")
        labels = {
            tuple(sorted(sample.labels.items())) for metric in registry.collect() for sample in metric.samples
        }
        series = {label for label in labels if "le" not in dict(label) and "method" in dict(label)}
        assert {(dict(label)["method"], dict(label)["handler"]) for label in series} == {
            ("OTHER", "unmatched"),
            ("GET", "unmatched"),
        }

    async def test_a_wrong_method_on_a_known_route_does_not_invent_a_series(self, client, registry):
        for number in range(5):
            await client.request(f"METHOD{number}", f"/models/{number}")
        methods = {
            sample.labels["method"]
            for metric in registry.collect()
            for sample in metric.samples
            if "method" in sample.labels
        }
        assert methods == {"OTHER"}

    async def test_a_bug_counts_as_500(self, client, sample):
        await client.get("/models/m/bug")
        assert sample("http_requests_total", method="GET", handler="/models/{name}/bug", status="5xx") == 1

    async def test_a_stream_is_counted_and_not_timed(self, app, client, sample):
        @app.get("/stream")
        async def stream(request: Request) -> None:
            request.state.is_stream = True

        await client.get("/stream")
        assert sample("http_requests_total", method="GET", handler="/stream", status="2xx") == 1
        assert sample("http_request_duration_seconds_count", method="GET", handler="/stream") == 0


class TestHead:
    async def test_head_is_answered_as_get_without_a_body(self, client, sample):
        got = await client.get("/models/m", headers={"X-Request-Id": "r-1"})
        answer = await client.head("/models/m", headers={"X-Request-Id": "r-1"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers == got.headers
        assert sample("http_requests_total", method="HEAD", handler="/models/{name}", status="2xx") == 1

    async def test_head_where_there_is_nothing_to_get_is_not_allowed(self, app, client):
        app.post("/price")(lambda: None)
        assert (await client.head("/price")).status_code == 405
        assert (await client.head("/nowhere")).status_code == 404


class TestLogLine:
    async def test_a_request_is_one_line_with_its_caller(self, client, log_lines):
        await client.get("/models/m", headers={"X-Request-Id": "r-1"})
        (line,) = log_lines
        assert (line["event"], line["request_id"], line["caller"], line["status"]) == (
            "request",
            "r-1",
            "desk",
            200,
        )
        assert line["handler"] == "/models/{name}"
        assert line["ms"] >= 0

    async def test_a_bug_is_logged_with_its_traceback_beside_the_line_of_the_request(self, client, log_lines):
        await client.get("/models/m/bug")
        assert [(line["event"], line["log_level"]) for line in log_lines] == [
            ("request failed", "error"),
            ("request", "info"),
        ]
        assert log_lines[0]["exc_info"]
        assert log_lines[0]["request_id"] == log_lines[1]["request_id"]


class TestOddApplications:
    async def test_a_bug_outside_the_framework_is_answered_all_the_same(self, registry):
        async def broken(scope, receive, send):
            raise RuntimeError("hunter2")

        sent = await call(Edge(broken, HttpMetrics(registry)))
        assert sent[0]["status"] == 500
        assert b"platform.internal_error" in sent[1]["body"]
        assert b"hunter2" not in sent[1]["body"]

    async def test_an_answer_that_breaks_in_the_middle_is_not_started_twice(self, app, registry):
        sent = await call(Edge(app, HttpMetrics(registry)), path="/half")
        assert [message["type"] for message in sent].count("http.response.start") == 1

    async def test_a_client_that_left_before_the_answer_counts_as_499(self, registry, sample):
        async def silent(scope, receive, send):
            return

        assert await call(Edge(silent, HttpMetrics(registry))) == []
        assert sample("http_requests_total", method="GET", handler="unmatched", status="4xx") == 1

    async def test_what_is_no_request_passes_untouched(self, registry):
        seen = []

        async def inner(scope, receive, send):
            seen.append(scope)

        await Edge(inner, HttpMetrics(registry))({"type": "lifespan"}, None, None)
        assert seen == [{"type": "lifespan"}]


async def call(edge: Edge, path: str = "/") -> list[dict[str, object]]:
    """Everything that one bare request gets sent."""
    sent: list[dict[str, object]] = []
    body = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(body, None) or await asyncio.Event().wait()  # the client stays and sends nothing more

    async def send(message):
        sent.append(message)

    await edge(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("test", 80),
        },
        receive,
        send,
    )
    return sent

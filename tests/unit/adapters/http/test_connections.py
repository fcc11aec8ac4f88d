"""What a connection writes: a whole answer at once, everything else as it comes."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from tests.support.wire import Wired, request

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what its path says."""
    if scope["path"] == "/stream":

        async def parts():
            yield b"one"
            yield b"two"

        await StreamingResponse(parts())(scope, receive, send)
    elif scope["path"] == "/parts":
        length = (b"content-length", b"6")
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        for part, more in ((b"one", True), (b"two", False)):
            await send({"type": "http.response.body", "body": part, "more_body": more})
    elif scope["path"] == "/fails":
        length = (b"content-length", b"6")
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        raise OSError("the file is gone")
    elif scope["path"] == "/too-long":
        length = (b"content-length", b"6")
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": b"seven b"})
    elif scope["path"] == "/echo":
        await Response(await Request(scope, receive).body())(scope, receive, send)
    else:
        await Response(scope["path"].encode())(scope, receive, send)


async def written(*parts: bytes, until: int) -> list[bytes]:
    """What is written for what arrives in these parts; the number of answers to wait for."""
    wired = Wired(Edge(app, HttpMetrics(CollectorRegistry())))
    writes = await wired.send(*parts, answers=until)
    wired.close()
    return writes


@pytest.fixture(autouse=True)
def quiet(log_lines: object) -> None:
    """Keeps the lines of the edge off the screen."""


async def test_a_whole_answer_is_one_write():
    (answer,) = await written(request("/x"), until=1)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"content-length: 2" in head and body == b"/x"


async def test_so_is_an_answer_without_a_body():
    (answer,) = await written(request("/echo"), until=1)
    assert b"content-length: 0" in answer and answer.endswith(b"\r\n\r\n")


async def test_head_is_answered_with_the_head_alone():
    (answer,) = await written(request("/x", "HEAD"), until=1)
    assert b"content-length: 2" in answer and answer.endswith(b"\r\n\r\n")


async def test_requests_of_one_connection_are_answered_in_their_order():
    answers = await written(request("/one") + request("/two"), request("/three"), until=3)
    assert [answer.rpartition(b"\r\n\r\n")[2] for answer in answers] == [b"/one", b"/two", b"/three"]


async def test_the_head_of_a_stream_does_not_wait_for_its_first_part():
    head, *parts = await written(request("/stream"), until=1)
    assert head.endswith(b"\r\n\r\n") and b"transfer-encoding: chunked" in head
    assert b"".join(parts) == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_parts_of_a_known_length_follow_the_head_one_by_one():
    first, second = await written(request("/parts"), until=1)
    assert first.endswith(b"\r\n\r\none") and second == b"two"


@pytest.mark.parametrize("path", ["/fails", "/too-long"])
async def test_an_answer_that_fails_before_its_first_part_is_cut_off_behind_its_head(path):
    wired = Wired(Edge(app, HttpMetrics(CollectorRegistry())))
    (answer,) = await wired.send(request(path))
    assert wired.wire.is_closed
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"x-request-id: r-1" in head and body == b""


async def test_a_client_that_asks_whether_to_send_its_body_is_told_at_once():
    headers = ("content-length: 4", "expect: 100-continue")
    told, answer = await written(request("/echo", "POST", *headers), b"body", until=1)
    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\nbody")

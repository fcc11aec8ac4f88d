"""What a connection writes: a whole answer at once, everything else as it comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics


class Wire:
    """A transport that remembers what is written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def can_write_eof(self) -> bool:
        return False

    def get_extra_info(self, name: str) -> Any:
        return None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


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
    elif scope["path"] == "/echo":
        await Response(await Request(scope, receive).body())(scope, receive, send)
    else:
        await Response(scope["path"].encode())(scope, receive, send)


async def written(*requests: bytes, until: int) -> list[bytes]:
    """What is written for requests that arrive in one piece each; the number of answers to wait for."""
    edge = Edge(app, HttpMetrics(CollectorRegistry()))
    answered = 0
    done = asyncio.Event()

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal answered
        await edge(scope, receive, send)
        answered += 1
        if answered == until:
            done.set()

    config = uvicorn.Config(
        counted, http=bounded_connections(ConnectionLimits()), ws="none", log_config=None, access_log=False
    )
    config.load()
    connection = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})
    wire = Wire()
    connection.connection_made(wire)
    for request in requests:
        connection.data_received(request)
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await done.wait()
    connection.connection_lost(None)
    return wire.writes


def request(path: str, method: str = "GET", *headers: str, body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: x", "x-request-id: r-1", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


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


async def test_a_client_that_asks_whether_to_send_its_body_is_told_at_once():
    headers = ("content-length: 4", "expect: 100-continue")
    told, answer = await written(request("/echo", "POST", *headers), b"body", until=1)
    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b"\r\n\r\nbody")

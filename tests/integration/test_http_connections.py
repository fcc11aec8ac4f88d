"""Connections over real sockets: slow heads are closed, and a refused upload is drained before its connection is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from drivetrain.adapters.http.arrival import client_left
from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections

LIMITS = ConnectionLimits(head_bytes=8 << 10, head_s=0.2, drain_s=0.5, drain_bytes=4 << 20)
REFUSAL = b"busy with other tables"
WAIT_S = 5.0
DEPARTURES: list[str] = []


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body under ``/read``, is slow under ``/slow``, and refuses everything else unread.

    Under ``/wait`` it reads the body, and waits for its client to leave.
    """
    answer = REFUSAL
    if scope["path"] == "/read":
        answer = b"read"
        while (await receive()).get("more_body"):
            pass
    elif scope["path"] == "/wait":
        request = Request(scope, receive)
        await request.body()
        await client_left(request)
        DEPARTURES.append(scope["path"])
    elif scope["path"] == "/slow":
        await asyncio.sleep(3 * LIMITS.head_s)
    length = str(len(answer)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(
        app, http=bounded_connections(LIMITS), ws="none", log_config=None, access_log=False
    )
    config.load()
    state = ServerState()

    def connection() -> asyncio.Protocol:
        return config.http_protocol_class(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for open_connection in list(state.connections):
        open_connection.shutdown()


def head(path: str = "/", length: int = 0, *, connection: str = "keep-alive") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nConnection: {connection}\r\n\r\n"
    ).encode()


async def answer_of(reader: asyncio.StreamReader) -> bytes:
    """The body of one answer."""
    async with asyncio.timeout(WAIT_S):
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        lengths = [line for line in lines if line.lower().startswith(b"content-length")]
        return await reader.readexactly(int(lengths[0].split(b":")[1]))


async def is_closed(reader: asyncio.StreamReader, within_s: float = WAIT_S) -> bool:
    """Whether the server ends the connection in time."""
    try:
        async with asyncio.timeout(within_s):
            return await reader.read() == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_a_client_that_sends_all_before_it_reads_gets_the_refusal(port: int, connection: str) -> None:
    """3 MB are more than the buffers of both sides hold; without draining the connection is reset."""
    size = 3_000_000
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/", size, connection=connection))
    for _ in range(30):
        writer.write(b"x" * (size // 30))
        await writer.drain()
        await asyncio.sleep(0.001)
    assert await answer_of(reader) == REFUSAL
    if connection == "keep-alive":
        writer.write(head("/read", 3) + b"abc")
        assert await answer_of(reader) == b"read"
    else:
        assert await is_closed(reader)
    writer.close()


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_the_rest_of_a_refused_body_is_read_for_a_bounded_time(port: int, connection: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/", 1_000_000, connection=connection) + b"x")
    assert await answer_of(reader) == REFUSAL

    async def trickle() -> None:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(WAIT_S):
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await trickle()


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_the_rest_of_a_refused_body_is_read_up_to_a_bound(port: int, connection: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/", 1 << 40, connection=connection))
    sent = 0
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        while sent < 64 << 20:
            writer.write(b"x" * (1 << 16))
            await writer.drain()
            sent += 1 << 16
    assert sent >= LIMITS.drain_bytes


@pytest.mark.parametrize("start", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: x\r\n", b"\r\n"])
async def test_a_head_that_is_never_complete_ends_its_connection(port: int, start: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    async with asyncio.timeout(WAIT_S):
        answer = await reader.read()
    if start.strip():
        status, _, rest = answer.partition(b"\r\n")
        assert status == b"HTTP/1.1 408 Request Timeout"
        assert json.loads(rest.partition(b"\r\n\r\n")[2])["code"] == "http.head_too_slow"
    else:
        assert answer == b""
    writer.close()


@pytest.mark.parametrize("before", [b"", head("/read", 3) + b"abc"], ids=["first", "second"])
@pytest.mark.parametrize("piece", [b"X-Filler: 1\r\n", b"\r\n"], ids=["headers", "empty lines"])
async def test_a_trickled_head_ends_its_connection_though_bytes_keep_coming(
    port: int, before: bytes, piece: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if before:
        writer.write(before)
        assert await answer_of(reader) == b"read"
    if piece.strip():
        writer.write(b"POST / HTTP/1.1\r\n")

    async def trickle() -> None:
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(WAIT_S):
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await trickle()


async def test_a_head_begun_while_another_request_is_answered_does_not_end_that_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/slow") + b"POST /read HT")
    assert await answer_of(reader) == REFUSAL
    writer.write(b"TP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert await answer_of(reader) == b"read"
    writer.close()


async def test_an_idle_connection_is_kept_after_an_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(head("/read", 3) + b"abc")
        assert await answer_of(reader) == b"read"
        assert not await is_closed(reader, within_s=2 * LIMITS.head_s)
    writer.close()


async def test_three_hundred_slow_heads_leave_no_connection_open(port: int) -> None:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
    for _, writer in connections[::2]:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n")

    async def end(reader: asyncio.StreamReader) -> None:
        async with asyncio.timeout(WAIT_S):
            await reader.read()

    await asyncio.gather(*(end(reader) for reader, _ in connections))


def problem_in(answer: bytes) -> tuple[int, str]:
    """Status and code of a problem that is the last answer of a connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert b"content-type: application/problem+json" in lines and b"connection: close" in lines
    plain = json.loads(body)
    status = int(lines[0].split(b" ")[1])
    assert plain["status"] == status and plain["type"].endswith(plain["code"])
    assert f"x-request-id: {plain['request_id']}".encode() in lines
    return status, plain["code"]


async def last_answer(port: int, *pieces: bytes, pause_s: float = 0.01) -> bytes:
    """All that the server sends until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(WAIT_S):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS greeting
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",  # a header without a colon
        b"GET / HTTP/1.1\r\nA: b\x00c\r\n\r\n",
        "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n".encode(),  # a path that is not ASCII
        b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n",
        head("/read", 3) + b"abc" + b"nonsense\r\n\r\n",
        head("/slow", 3) + b"abc" + b"nonsense\r\n\r\n",
    ],
    ids=lambda request_bytes: repr(request_bytes[:50]),
)
async def test_bytes_that_are_no_request_are_answered_with_a_problem(port: int, request_bytes: bytes) -> None:
    answer = await last_answer(port, request_bytes)
    start = answer.rindex(b"HTTP/1.1 400")
    assert problem_in(answer[start:]) == (400, "http.malformed")
    # A whole request before them gets its own answer first.
    assert start == 0 or (request_bytes.startswith(b"POST") and answer.count(b"HTTP/1.1 200") == 1)
    assert (start > 0) == (b"abc" in request_bytes)


async def test_a_client_that_goes_on_sending_nonsense_gets_the_problem_and_no_reset(port: int) -> None:
    answer = await last_answer(port, *[b"nonsense" * 10_000] * 20)
    assert problem_in(answer) == (400, "http.malformed")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * (8 << 10) + b"\r\n\r\n"],
        [b"GET /" + b"a" * (8 << 10) + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
        [b"GET / HTTP/1.1\r\n", *[b"A: " + b"a" * 1_000 + b"\r\n"] * 20],  # is never complete
        [b"GET / HTTP/1.1\r\nA: ", *[b"a" * 1_000] * 20],
        [b"GET / HTTP/1.1\r\n" + b"".join(b"A%d: b\r\n" % number for number in range(1_500)) + b"\r\n"],
    ],
    ids=["one header", "address", "many pieces", "one header in pieces", "many headers"],
)
async def test_a_head_that_is_too_large_is_answered_with_a_problem(port: int, pieces: list[bytes]) -> None:
    assert problem_in(await last_answer(port, *pieces)) == (431, "http.head_too_large")


async def test_a_head_behind_a_large_body_is_not_counted_with_it(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"x" * (64 << 10)
    writer.write(head("/read", len(body)) + body + b"POST /read HT")
    await asyncio.sleep(0.05)
    writer.write(b"TP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX: " + b"a" * (7 << 10) + b"\r\n\r\n")
    assert [await answer_of(reader), await answer_of(reader)] == [b"read", b"read"]
    writer.close()


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_an_upgrade_that_is_not_offered_is_answered_as_a_plain_request(
    port: int, protocol: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    upgrade = b"Connection: Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Version: 13\r\n" % protocol
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
    assert await answer_of(reader) == REFUSAL
    writer.write(head("/read", 3) + b"abc")
    assert await answer_of(reader) == b"read"
    writer.close()


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
async def test_a_client_that_leaves_while_its_request_waits_is_noticed_at_once(
    port: int, is_reset: bool
) -> None:
    DEPARTURES.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/wait", 3) + b"abc")
    await writer.drain()
    await asyncio.sleep(0.05)
    assert DEPARTURES == []
    if is_reset:
        writer.transport.abort()
    else:
        writer.close()
    async with asyncio.timeout(WAIT_S):
        while not DEPARTURES:  # noqa: ASYNC110 - the server runs in this loop
            await asyncio.sleep(0.01)

"""While no worker serves, everybody is answered at once: that the process lives, and what it waits for."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from drivetrain.adapters.embedded.processes import bind
from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections
from drivetrain.adapters.http.covering import CoveringServer
from drivetrain.adapters.http.doorkeeper import Doorkeeper, Notice

NOTICE = Notice("platform.starting", "The platform is starting", "Training. Later.", {"done": 2, "total": 9})


class Switch:
    """Whether the doorkeeper is wanted."""

    def __init__(self) -> None:
        self.is_on = True

    def __call__(self) -> bool:
        return self.is_on


@pytest.fixture
def listening() -> Iterator[list[socket.socket]]:
    bound = bind("127.0.0.1", 0, count=2)
    yield bound
    for each in bound:
        each.close()


@pytest.fixture
def wanted() -> Switch:
    return Switch()


@pytest.fixture
def port(listening: list[socket.socket], wanted: Switch) -> Iterator[int]:
    """Of a doorkeeper that is on until it is switched off."""
    with Doorkeeper(listening, wanted, lambda: NOTICE):
        yield listening[0].getsockname()[1]


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def until(condition: Callable[[], bool], patience_s: float = 10.0) -> None:
    give_up_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize("path", ["/health/live", "/health/live?verbose=1"])
def test_the_process_is_said_to_live(port: int, path: str) -> None:
    status, headers, body = ask(port, "GET", path)
    assert (status, json.loads(body)) == (200, {"state": "ok"})
    assert headers["content-type"] == "application/json" and headers["x-request-id"]
    assert ask(port, "HEAD", path)[0::2] == (200, "")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health"), ("GET", "/health/ready"), ("POST", "/rental/price"), ("POST", "/health/live")],
)
def test_everything_else_is_told_to_come_back_and_why(port: int, method: str, path: str) -> None:
    status, headers, body = ask(port, method, path, **{"X-Request-Id": "mine-1"})
    assert status == 503 and int(headers["retry-after"]) >= 1
    assert headers["content-type"] == "application/problem+json" and headers["x-request-id"] == "mine-1"
    assert json.loads(body) == {
        "type": "urn:drivetrain:problem:platform.starting",
        "title": "The platform is starting",
        "status": 503,
        "detail": "Training. Later.",
        "code": "platform.starting",
        "request_id": "mine-1",
        "progress": {"done": 2, "total": 9},
    }


def test_a_browser_gets_a_page_with_the_progress_that_loads_itself_again(port: int) -> None:
    status, headers, body = ask(
        port, "GET", "/app/models", Accept="text/html,application/xhtml+xml,*/*;q=0.8"
    )
    assert status == 503 and headers["content-type"] == "text/html; charset=utf-8"
    assert f'<meta http-equiv="refresh" content="{headers["retry-after"]}">' in body
    assert "<h1>The platform is starting</h1>" in body and "Training. Later." in body
    assert '<progress value="2" max="9"' in body and headers["cache-control"] == "no-store"
    style = body.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in headers["content-security-policy"]
    assert "<script" not in body and "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_programs_get_the_problem(port: int, accept: str) -> None:
    assert ask(port, "GET", "/models", Accept=accept)[1]["content-type"] == "application/problem+json"


def test_what_is_posted_gets_the_problem_whatever_is_accepted(port: int) -> None:
    assert ask(port, "POST", "/rental/price", b"{}", Accept="text/html")[1]["content-type"].endswith(
        "problem+json"
    )


def test_an_upload_that_nobody_reads_still_gets_its_answer(port: int) -> None:
    assert ask(port, "POST", "/rental/prices/file", bytes(8 << 20))[0] == 503


@pytest.mark.parametrize(
    "head", [b"GET", b"\r\n\r\n", b"\x00\xff" * 40_000, b"GET /health/live HTTP/1.1\r\n"]
)
def test_what_is_no_request_harms_nobody_else(port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as odd:
        odd.sendall(head)
        assert ask(port, "GET", "/health/live")[0] == 200


def test_many_at_once_on_either_socket_are_all_answered(port: int) -> None:
    assert {ask(port, "GET", "/health/live")[0] for _ in range(64)} == {200}


def test_once_somebody_serves_the_connections_are_left_to_it(
    listening: list[socket.socket], port: int, wanted: Switch
) -> None:
    assert ask(port, "GET", "/health/live")[0] == 200
    wanted.is_on = False
    time.sleep(0.3)
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(32)]
    found = []
    until(lambda: found.extend(accepted(listening)) or len(found) == 32)
    for each in [*clients, *found]:
        each.close()


def accepted(listening: list[socket.socket]) -> list[socket.socket]:
    found = []
    for each in listening:
        try:
            while True:
                found.append(each.accept()[0])
        except BlockingIOError:
            continue
    return found


class Decisions:
    """An application that counts what it was asked."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class NoBoard:
    def beat(self, worker: int) -> None:
        """Alone on the port."""

    def leave(self, worker: int) -> None:
        """Alone on the port."""

    def answers(self, worker: int) -> bool:
        return True


@pytest.mark.skipif(
    not hasattr(socket, "TCP_INFO"), reason="this system does not tell of a closed connection"
)
def test_a_request_whose_client_has_gone_while_it_waited_is_not_decided(
    listening: list[socket.socket],
) -> None:
    address = listening[0].getsockname()
    request = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    staying = []
    for number in range(32):
        client = socket.create_connection(address)
        client.sendall(request % (b"gone" if number % 2 else b"here"))
        if number % 2:
            client.close()
        else:
            staying.append(client)
    time.sleep(0.1)
    app = Decisions()
    config = uvicorn.Config(
        app, loop="uvloop", http=bounded_connections(ConnectionLimits()), lifespan="off", log_config=None
    )
    server = CoveringServer(config, 0, {}, NoBoard())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [each.dup() for each in listening]})
    thread.start()
    try:
        for client in staying:
            assert client.recv(100).startswith(b"HTTP/1.1 200")
            client.close()
    finally:
        server.should_exit = True
        thread.join(10)
    assert app.paths == ["/here"] * 16

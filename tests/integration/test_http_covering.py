"""A real server accepts on the socket of a worker that does not answer, and lets it go when that one is back."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from drivetrain.adapters.embedded.processes import bind
from drivetrain.adapters.embedded.worker_board import WorkerBoard, share
from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections
from drivetrain.adapters.http.covering import CoveringServer


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def listening() -> Iterator[list[socket.socket]]:
    bound = bind("127.0.0.1", 0, count=2)
    yield bound
    for each in bound:
        each.close()


@pytest.fixture
def board() -> Iterator[WorkerBoard]:
    descriptor = share(2)
    yield WorkerBoard(descriptor, 2)
    os.close(descriptor)


@pytest.fixture
def server(listening: list[socket.socket], board: WorkerBoard) -> Iterator[CoveringServer]:
    """Worker 0; nobody is worker 1."""
    config = uvicorn.Config(
        app, loop="uvloop", http=bounded_connections(ConnectionLimits()), lifespan="off", log_config=None
    )
    started = CoveringServer(config, 0, {1: listening[1]}, board)
    thread = threading.Thread(target=started.run, kwargs={"sockets": [listening[0].dup()]})
    thread.start()
    until(lambda: board.answers(0))
    yield started
    started.should_exit = True
    thread.join(10)
    assert not thread.is_alive() and not board.has_served(0)


def until(condition: Callable[[], bool], patience_s: float = 10.0) -> None:
    give_up_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.01)


def opened_together(port: int, count: int) -> list[http.client.HTTPConnection]:
    """Connections of which the kernel gives some to either socket."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(count)]
    for connection in connections:
        connection.connect()
    return connections


def status_of(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    return response.status


def accepted(listening: socket.socket) -> int:
    """How many connections wait on a socket that nobody accepts on now; they are reset."""
    listening.setblocking(False)
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_every_connection_is_answered_while_the_other_worker_is_away(
    listening: list[socket.socket], server: CoveringServer
) -> None:
    port = listening[0].getsockname()[1]
    for connection in opened_together(port, 32):
        assert status_of(connection) == 200
        connection.close()


def test_a_worker_that_is_back_gets_its_connections_and_those_that_were_taken_go_on(
    listening: list[socket.socket], server: CoveringServer, board: WorkerBoard
) -> None:
    port = listening[0].getsockname()[1]
    kept = opened_together(port, 32)
    assert {status_of(connection) for connection in kept} == {200}
    returned = threading.Event()

    def come_back() -> None:
        while not returned.wait(0.02):
            board.beat(1)

    beating = threading.Thread(target=come_back)
    beating.start()
    try:
        until(lambda: len(server.servers) == 1)
        assert {status_of(connection) for connection in kept} == {200}
        fresh = opened_together(port, 32)
        assert 0 < accepted(listening[1]) < 32  # nobody took them away
    finally:
        returned.set()
        beating.join()
    for connection in [*kept, *fresh]:
        connection.close()
    until(lambda: len(server.servers) == 2)  # and is covered once it falls silent again
    for connection in opened_together(port, 32):
        assert status_of(connection) == 200
        connection.close()


def test_a_connection_that_was_being_accepted_when_the_server_ended_is_closed_too(
    server: CoveringServer,
) -> None:
    """The fixture fails where the server does not end."""

    class Latecomer:
        """Stays at the first call, as one does that comes just after it."""

        calls = 0

        def shutdown(self) -> None:
            self.calls += 1
            if self.calls == 2:
                server.server_state.connections.discard(self)

    server.server_state.connections.add(Latecomer())
    server.should_exit = True
    until(lambda: not server.server_state.connections)

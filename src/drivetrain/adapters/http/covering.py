"""A server that also accepts for its neighbors on the port while they do not answer.

Each worker has a listening socket of its own, and the kernel goes on giving a dead or stopped one its share of the
connections. They may not be closed: that would reset what waits in them.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import structlog
import uvicorn

from drivetrain.adapters.http.connections import BoundedConnection

BACKLOG_S = 1.0
"""For so long after a server begins to accept on a socket its connections may be ones that waited there."""

BEAT_INTERVAL_S = 0.05
"""How often a worker beats and looks at the others; with the supervisor's own interval less than 0.1 s."""

LATECOMERS_S = 1.0
"""Between two looks at the connections that are still there while a server ends."""

_log = structlog.get_logger("drivetrain.worker")


class Board(Protocol):
    """What the workers of one port know about each other."""

    def beat(self, worker: int) -> None:
        """Say that a worker serves."""
        ...

    def leave(self, worker: int) -> None:
        """Say that it no longer does."""
        ...

    def answers(self, worker: int) -> bool:
        """Whether it does."""
        ...


class CoveringServer(uvicorn.Server):
    """Serves on its own socket, and on those of the others for as long as they do not answer.

    Args:
        worker: index of this worker on the board.
        neighbors: listening sockets of the other workers, by index; they stay open.
        ending: set when the process is asked to stop, for requests that would not end by themselves.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        worker: int,
        neighbors: Mapping[int, socket.socket],
        board: Board,
        *,
        ending: threading.Event | None = None,
    ) -> None:
        super().__init__(config)
        self._ending = ending or threading.Event()
        self._worker = worker
        self._neighbors = neighbors
        self._board = board
        self._covered: dict[int, asyncio.Server] = {}
        self._watching: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then to beat."""
        self._expect_backlog()
        await super().startup(sockets)
        self._expect_backlog()
        self._watching = asyncio.create_task(self._watch(), name="neighbors")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the others take over, then end in order."""
        self._ending.set()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        self._board.leave(self._worker)
        latecomers = asyncio.create_task(self._close_latecomers(), name="latecomers")
        try:
            await super().shutdown(sockets)
        finally:
            latecomers.cancel()

    async def _close_latecomers(self) -> None:
        """Close connections after the answer that they wait for, again and again.

        The library does so once. One that was being accepted just then would go on asking, and one that is drained
        would stay until its client has sent all.
        """
        while True:
            await asyncio.sleep(LATECOMERS_S)
            for connection in list(self.server_state.connections):
                connection.shutdown()

    async def _watch(self) -> None:
        while True:
            self._board.beat(self._worker)
            for worker, listening in self._neighbors.items():
                is_covered = worker in self._covered
                if is_covered == self._board.answers(worker):
                    await (self._release(worker) if is_covered else self._cover(worker, listening))
            await asyncio.sleep(BEAT_INTERVAL_S)

    async def _cover(self, worker: int, listening: socket.socket) -> None:
        self._expect_backlog()
        # a second descriptor of the same socket: closing it resets nothing
        server = await asyncio.get_running_loop().create_server(
            self._open, sock=listening.dup(), backlog=self.config.backlog
        )
        self._covered[worker] = server
        self.servers.append(server)
        _log.info("accepting for a worker that does not answer", worker=worker)

    async def _release(self, worker: int) -> None:
        server = self._covered.pop(worker)
        self.servers.remove(server)
        server.close()
        _log.info("a worker answers again", worker=worker)

    def _expect_backlog(self) -> None:
        connection = self.config.http_protocol_class
        if isinstance(connection, type) and issubclass(connection, BoundedConnection):
            connection.backlog_until_s = asyncio.get_running_loop().time() + BACKLOG_S

    def _open(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

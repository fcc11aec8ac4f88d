"""A connection of the server without a socket: what arrives is given to it, what it writes is remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections


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


class Wired:
    """An application behind one connection.

    Attributes:
        wire: what the connection writes to.
        requests: for tests to keep what they send, by name.
    """

    def __init__(self, application: ASGIApp) -> None:
        self.requests: dict[str, bytes] = {}
        self._application = application
        self._answers = asyncio.Semaphore(0)
        config = uvicorn.Config(
            self,
            http=bounded_connections(ConnectionLimits()),
            ws="none",
            log_config=None,
            access_log=False,
        )
        config.load()
        self._connection = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})
        self.wire = Wire()
        self._connection.connection_made(self.wire)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and count it."""
        try:
            await self._application(scope, receive, send)
        finally:
            self._answers.release()

    async def send(self, *parts: bytes, answers: int = 1) -> list[bytes]:
        """What is written for what arrives in these parts, once there are so many answers."""
        self.wire.writes.clear()
        for part in parts:
            self._connection.data_received(part)
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            for _ in range(answers):
                await self._answers.acquire()
        return list(self.wire.writes)

    def close(self) -> None:
        """Let the client leave."""
        self._connection.connection_lost(None)


def request(path: str, method: str = "GET", *headers: str, body: str = "") -> bytes:
    """A request as it arrives."""
    lines = [f"{method} {path} HTTP/1.1", "host: x", "x-request-id: r-1", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

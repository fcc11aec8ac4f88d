"""One kept HTTP connection to this machine, for clients that go on by what they were answered."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from bench.load import as_request

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where the connection broke before an answer, or none came in ``PATIENCE_S``."""

    status: int
    body: bytes = b""

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Connection:
    """Asks one thing after the other. A connection that breaks is opened again for the next one."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._address = host, port
        self._headers = {"x-api-key": key}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def client_port(self) -> int:
        """Of this side; 0 while it is not open."""
        if self._writer is None:
            return 0
        port: int = self._writer.get_extra_info("sockname")[1]
        return port

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, content_type: str = "application/json"
    ) -> Answer:
        """Send a request, and wait for the answer."""
        request = as_request(method, path, headers=self._headers, body=body, content_type=content_type)
        if method == "POST" and not body:
            request = request.replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n", 1)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._ask(request.encode("latin-1"))
        except (OSError, EOFError, TimeoutError, ValueError):
            self.close()
            return Answer(0)

    async def _ask(self, request: bytes) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length: ") + 16
        body = await self._reader.readexactly(int(head[at : head.index(b"\r", at)]))
        if b"\r\nconnection: close" in head:
            self.close()
        return Answer(int(head[9:12]), body)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

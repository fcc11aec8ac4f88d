"""A receiver of webhooks for tests: an HTTP server on loopback that keeps what it is sent and answers as told."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Hook:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        """The body, read."""
        return dict(json.loads(self.body))


@dataclass
class HookReceiver:
    """The server while it runs.

    Attributes:
        status: of every answer.
        headers: of every answer.
        answer: body of every answer.
        delay_s: waits so long before every answer.
    """

    port: int = 0
    hooks: list[Hook] = field(default_factory=list)
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    delay_s: float = 0.0

    @property
    def url(self) -> str:
        """Over plain HTTP."""
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def accepted(self) -> list[Hook]:
        """Those answered with 2xx."""
        return [hook for hook in self.hooks if 200 <= hook.status < 300]


@contextmanager
def hook_receiver(context: ssl.SSLContext | None = None, *, port: int = 0) -> Iterator[HookReceiver]:
    """Run a receiver for as long as the block runs."""
    receiver = HookReceiver()

    class Handler(BaseHTTPRequestHandler):
        """Keeps each request."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.hooks.append(Hook(self.path, dict(self.headers), body, receiver.status))
            time.sleep(receiver.delay_s)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at the requests."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

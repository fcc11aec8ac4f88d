"""What answers on the port while no worker does: that the process lives, and for everything else what it waits for.

A browser gets a small page that loads itself again, programs a problem.
Light, because the supervisor runs it: the standard library only, on a thread of its own.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from drivetrain.adapters.http.problem_fields import PROBLEM, problem_fields

LOOK_EVERY_S = 0.05
RETRY_AFTER_S = 2
LARGEST_HEAD_BYTES = 64 << 10
PATIENCE_S = 5.0
"""How long a connection may last: for its head, and for the rest of a body that nobody reads."""

MOST_VISITORS = 500
"""Connections at a time; more wait in the backlog."""

STOP_GRACE_S = 5.0

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}"
    "progress{inline-size:100%}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{retry_after_s}">
<title>drivetrain: {title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{detail}</p>
{progress}<p>This page loads itself again.</p>
</main>
</body>
</html>
"""
_PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "vary": "accept",
    }
)
_ACCEPTS_PAGE = re.compile(rb"(?im)^accept:[^\r\n]*text/html")
_REQUEST_ID = re.compile(rb"(?im)^x-request-id:[ \t]*([A-Za-z0-9._:-]{1,64})[ \t]*\r$")
_REASONS = {200: "OK", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Notice:
    """Why nobody can be served now.

    Attributes:
        code: of the problem.
        progress: further figures for programs.
    """

    code: str
    title: str
    detail: str
    progress: Mapping[str, Any]


class Doorkeeper:
    """Accepts on the sockets while nobody else does. Use it as a context manager.

    Args:
        listening: bound, listening sockets; they stay open.
        is_wanted: whether nobody else answers now; asked twenty times a second.
        notice: what to say.
    """

    def __init__(
        self,
        listening: Sequence[socket.socket],
        is_wanted: Callable[[], bool],
        notice: Callable[[], Notice],
    ) -> None:
        self._listening = listening
        self._is_wanted = is_wanted
        self._notice = notice
        self._visitors: set[_Visitor] = set()
        self._is_accepting = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doorkeeper", daemon=True)

    def __enter__(self) -> Doorkeeper:
        for each in self._listening:
            each.setblocking(False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(STOP_GRACE_S)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._keep())

    async def _keep(self) -> None:
        while not self._is_over.is_set():
            is_wanted = self._is_wanted() and len(self._visitors) < MOST_VISITORS
            if is_wanted != self._is_accepting:
                self._set_accepting(is_wanted)
            await asyncio.sleep(LOOK_EVERY_S)
        if self._is_accepting:
            self._set_accepting(False)
        for visitor in list(self._visitors):
            visitor.leave()

    def _set_accepting(self, is_accepting: bool) -> None:
        loop = asyncio.get_running_loop()
        self._is_accepting = is_accepting
        for each in self._listening:
            if is_accepting:
                loop.add_reader(each, self._accept, each)
            else:
                loop.remove_reader(each)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # a worker was faster, or the client has gone
            connection, _ = listening.accept()
            connection.setblocking(False)
            visitor = _Visitor(self._notice, self._visitors)
            asyncio.get_running_loop().create_task(visitor.receive(connection))


class _Visitor(asyncio.Protocol):
    """One connection: one request, one answer."""

    def __init__(self, notice: Callable[[], Notice], visitors: set[_Visitor]) -> None:
        self._notice = notice
        self._visitors = visitors
        self._head = b""
        self._is_answered = False
        self._transport: asyncio.Transport | None = None
        visitors.add(self)

    async def receive(self, connection: socket.socket) -> None:
        """Take over an accepted connection."""
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: self, connection)
        except OSError:
            self._visitors.discard(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request, but not for long."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream; for the type
        self._transport = transport
        asyncio.get_running_loop().call_later(PATIENCE_S, self.leave)

    def data_received(self, data: bytes) -> None:
        """Answer once the head is there; what follows it is thrown away."""
        if self._is_answered or self._transport is None:
            return
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > LARGEST_HEAD_BYTES:
            self._is_answered = True
            self._transport.write(_answer(self._head, self._notice()))
            # closed by the client: closing before it has sent its body would reset the answer
            self._transport.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._visitors.discard(self)

    def leave(self) -> None:
        """Close, whatever is still to come."""
        if self._transport is not None:
            self._transport.close()


def _answer(head: bytes, notice: Notice) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
    given = _REQUEST_ID.search(head.partition(b"\r\n\r\n")[0] + b"\r\n")
    request_id = given[1].decode("ascii") if given else str(uuid.uuid4())
    if path == b"/health/live" and method in {b"GET", b"HEAD"}:
        return _message(
            200, "application/json", _json({"state": "ok"}), request_id, is_head=method == b"HEAD"
        )
    is_head = method == b"HEAD"
    if method in {b"GET", b"HEAD"} and _ACCEPTS_PAGE.search(head.partition(b"\r\n\r\n")[0]):
        return _message(503, "text/html; charset=utf-8", _page(notice), request_id, is_head, _PAGE_HEADERS)
    fields = problem_fields(
        503, code=notice.code, title=notice.title, detail=notice.detail, request_id=request_id
    )
    return _message(503, PROBLEM, _json({**fields, "progress": dict(notice.progress)}), request_id, is_head)


def _page(notice: Notice) -> bytes:
    """What a person sees, who need do nothing: the page asks again by itself."""
    done, total = notice.progress.get("done"), notice.progress.get("total")
    bar = ""
    if isinstance(done, int) and isinstance(total, int) and total > 0:
        bar = f'<p><progress value="{done}" max="{total}" aria-label="{html.escape(notice.title)}"></progress></p>\n'
    return _PAGE.format(
        retry_after_s=RETRY_AFTER_S,
        title=html.escape(notice.title),
        detail=html.escape(notice.detail),
        style=_STYLE,
        progress=bar,
    ).encode()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _message(
    status: int,
    media_type: str,
    content: bytes,
    request_id: str,
    is_head: bool,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {_REASONS[status]}",
        f"content-type: {media_type}",
        f"content-length: {len(content)}",
        f"x-request-id: {request_id}",
        *([f"retry-after: {RETRY_AFTER_S}"] if status != 200 else []),
        *(f"{name}: {value}" for name, value in headers.items()),
        "connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (b"" if is_head else content)

"""Connections of the server: heads are bounded in size and time, what is no HTTP gets a problem, refused bodies are drained.

The server library bounds neither, and answers with lines of text. A connection that is closed while its client still
sends is reset, and the client never sees the answer; so the rest is read and thrown away first, within bounds (nginx:
lingering close).
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from drivetrain.adapters.http.edge import HOLD
from drivetrain.adapters.http.errors import problem
from drivetrain.core.ids import new_id


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a connection waits for its client.

    Attributes:
        head_bytes: most bytes of a request's head.
        head_s: longest time from the first byte of a request, or from the opening, to the end of its head, seconds.
        drain_s: longest time for the rest of a request that has been answered, seconds.
        drain_bytes: most bytes of that rest.
    """

    head_bytes: int = 64 << 10
    head_s: float = 20.0
    drain_s: float = 30.0
    drain_bytes: int = 64 << 20


_CONTINUE = b"HTTP/1.1 100 "
"""What a client that asked for it is told before it sends its body; no part of an answer."""

_CLOSED_BY_CLIENT = frozenset({7, 8})
"""``TCP_CLOSE`` and ``TCP_CLOSE_WAIT`` of Linux: the client has sent all that it will ever send."""


class BoundedConnection(HttpToolsProtocol):
    """One connection; does nothing more than the library for a request that arrives in one piece.

    Attributes:
        backlog_until_s: time of the loop until which connections may have waited for a server; the first request of
            one that its client has closed meanwhile is not answered, so that nothing is decided for nobody.
    """

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    backlog_until_s: ClassVar[float] = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_in_head = False
        self._may_be_left = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._drain_left = 0
        self._closes_when_drained = False
        self._head_bytes = 0
        self._is_head_too_large = False
        self._refusal: bytes | None = None
        self._socket: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._socket = transport
        lingering = _LingeringTransport(transport, self._close)
        self.transport = cast("asyncio.Transport", lingering)
        self._extensions = {HOLD: lingering.hold}
        self._may_be_left = self.loop.time() < self.backlog_until_s
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_head_timer()
        self._stop_drain_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and count it while a body is drained."""
        if self._may_be_left:
            self._may_be_left = False
            if _is_left(self._socket):
                self._socket.abort()
                return
        if self._drain_timer is not None:
            self._drain_left -= len(data)
            if self._drain_left < 0:
                self._socket.close()
                return
        if self._refusal is not None:
            return
        if self._is_in_head:
            self._head_bytes += len(data)
        was_idle, latest = self.timeout_keep_alive_task is not None, self.cycle
        super().data_received(data)
        if self._is_in_head and self._head_bytes > self.limits.head_bytes:
            self._refuse(_head_too_large(self.limits.head_bytes))
        # Empty lines before a request begin no message, but they end the library's wait for one.
        if self._is_in_head or (was_idle and self.cycle is latest and self._drain_timer is None):
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """The first byte of a request is there."""
        self._is_in_head = True
        self._head_bytes = 0  # of the parts after the one in which it begins
        super().on_message_begin()
        self.scope["extensions"] = cast(
            "dict[str, dict[object, object]]", self._extensions
        )  # ours holds a call

    def on_headers_complete(self) -> None:
        """The head is complete; its request is answered unless the connection is being closed."""
        self._is_in_head = False
        self._stop_head_timer()
        lines = sum(
            len(name) + len(value) + 4 for name, value in self.headers
        )  # with colon, space and line break
        if len(self.url) + lines > self.limits.head_bytes:
            self._is_head_too_large = True
            raise _HeadTooLargeError
        if not self._socket.is_closing():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is complete; one that was drained leaves the connection closed or idle."""
        super().on_message_complete()
        if self._drain_timer is None:
            return
        self._stop_drain_timer()
        self.cycle.more_body = False  # which the library notes only while the request is being answered
        if self._closes_when_drained:
            self._socket.close()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """The answer has been written; drain what is left of its request."""
        super().on_response_complete()
        if self._refusal is not None and self.cycle.response_complete:  # the request behind it was refused
            self._write_refusal()
        elif self._drain_timer is None and self._has_unread_body():
            self._drain()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser has refused, or our check of the head."""
        self._refuse(_head_too_large(self.limits.head_bytes) if self._is_head_too_large else _malformed())

    def _refuse(self, answer: bytes) -> None:
        """Make this the last answer of the connection, and pass over what still comes."""
        self._refusal = answer
        self._is_in_head = False
        self._stop_head_timer()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._write_refusal()
        elif cycle.more_body:  # its own body is malformed; it ends as if its client had left
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started or self.pipeline:
                self._socket.close()
            else:
                self._write_refusal()

    def _write_refusal(self) -> None:
        if self._refusal is not None and not self._socket.is_closing():
            self._socket.write(self._refusal)
            self._close_after_drain()

    def _close(self) -> None:
        """Close, once the rest of an answered request has been read."""
        if self._drain_timer is not None or not self._has_unread_body():
            self._socket.close()
            return
        self._close_after_drain()

    def _close_after_drain(self) -> None:
        self._closes_when_drained = True
        if self._socket.can_write_eof():
            self._socket.write_eof()
        self.flow.resume_reading()
        self._drain()

    def _has_unread_body(self) -> bool:
        if self._socket.is_closing() or self.cycle is None:
            return False
        return self.cycle.response_complete and self.cycle.more_body

    def _drain(self) -> None:
        self._drain_left = self.limits.drain_bytes
        self._drain_timer = self.loop.call_later(self.limits.drain_s, self._socket.close)

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.limits.head_s, self._end_wait_for_head)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_drain_timer(self) -> None:
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None

    def _end_wait_for_head(self) -> None:
        self._head_timer = None
        if self._socket.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_for_head()  # an earlier request of this connection is being answered
            return
        if self._is_in_head:
            self._socket.write(_too_slow())
        self._socket.close()


class _LingeringTransport:
    """The transport that answers are written to, with another way of closing; a whole answer is one write.

    Each write is a call of the system and a packet, so a head whose body follows at once waits for it.
    """

    def __init__(self, transport: asyncio.Transport, close: Any) -> None:
        self._transport = transport
        self._write = transport.write
        self._is_holding = False
        self._head = b""
        self._close = close
        self.is_closing = transport.is_closing

    def hold(self) -> None:
        """Keep the head that is written next until there is a body."""
        self._is_holding = True

    def write(self, data: bytes) -> None:
        """Write, or keep a head; whether it is followed by a body or by an empty one, both go out together."""
        if self._is_holding and not data.startswith(_CONTINUE):
            self._is_holding = False
            self._head = data
            return
        if self._head:
            data = self._head + data
            self._head = b""
        self._write(data)

    def close(self) -> None:
        """Close; a head whose body failed goes out first, so that the client knows that an answer was cut off."""
        if self._head:
            self.write(b"")
        self._close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _is_left(transport: asyncio.Transport) -> bool:
    """Whether the client has closed its side; False where the system does not tell."""
    connection = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_INFO", None)
    if connection is None or option is None or connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    return connection.getsockopt(socket.IPPROTO_TCP, option, 1)[0] in _CLOSED_BY_CLIENT


def bounded_connections(limits: ConnectionLimits) -> type[BoundedConnection]:
    """The class of connections with these limits, for the server to open."""
    return type("BoundedConnection", (BoundedConnection,), {"limits": limits})


class _HeadTooLargeError(Exception):
    """A complete head is larger than the limit; stops the parser."""


def _too_slow() -> bytes:
    return _answer(
        "408 Request Timeout",
        code="http.head_too_slow",
        title="The request arrives too slowly",
        detail="The head of the request was not complete in time.",
    )


def _head_too_large(limit: int) -> bytes:
    return _answer(
        "431 Request Header Fields Too Large",
        code="http.head_too_large",
        title="The head of the request is too large",
        detail=f"Address and headers may have {limit / 1024:,.0f} KiB together.",
    )


def _malformed() -> bytes:
    return _answer(
        "400 Bad Request",
        code="http.malformed",
        title="The request is not HTTP",
        detail="The bytes that arrived are no request of HTTP 1.1.",
    )


def _answer(status: str, *, code: str, title: str, detail: str) -> bytes:
    """A problem as the bytes of an answer that is the last of its connection."""
    request_id = new_id()
    answer = problem(
        int(status[:3]),
        code=code,
        title=title,
        detail=detail,
        request_id=request_id,
        headers={"Connection": "close", "X-Request-Id": request_id},
    )
    head = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
    return b"HTTP/1.1 %s\r\n%s\r\n%s" % (status.encode(), head, bytes(answer.body))

"""The outermost layer of the API: one request id, one log line, one measurement, and no traceback for anybody."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drivetrain.adapters.http.addresses import TrustedProxies
from drivetrain.adapters.http.errors import internal_problem
from drivetrain.adapters.http.metrics import UNMATCHED, HttpMetrics
from drivetrain.core.audit import CLIENT_HOST
from drivetrain.core.ids import new_id

HOLD = "drivetrain.hold"
"""Extension of our server: called before an answer begins that is whole, it has the head wait for the body."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_NO_EXTENSIONS: Mapping[str, Callable[[], None]] = {}
_log = structlog.get_logger("drivetrain.http")

LogRequest = Callable[[str, str, str, int, float, str | None], None]
"""Writes the line of one request: its id, method, route, status, milliseconds and caller."""


class Edge:
    """Wraps the application (pure ASGI, because a wrapper per request costs more than the price)."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: HttpMetrics,
        proxies: TrustedProxies | None = None,
        log: LogRequest | None = None,
    ) -> None:
        self._app = app
        self._proxies = proxies or TrustedProxies()
        self._metrics = metrics
        self._log = log or _log_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; HEAD as GET, of which the server leaves the body out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        CLIENT_HOST.set(self._proxies.address(scope))
        method = scope["method"]
        request_id = _given_id(scope) or new_id()
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["started"] = started
        state["method"] = method
        header = (b"x-request-id", request_id.encode("ascii"))
        hold = scope.get("extensions", _NO_EXTENSIONS).get(HOLD)
        status = 0
        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # the server keeps its own, by which it leaves the body out
            hold = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
                if hold is not None and _has_length(message["headers"]):
                    hold()
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 - the edge of a request
            _log.exception(
                "request failed", request_id=request_id, path=scope["path"], error=type(error).__name__
            )
            if not status:
                await internal_problem(request_id)(scope, receive, send_with_id)
        finally:
            self._account(scope, method, status or 499, time.perf_counter() - started, request_id)

    def _account(self, scope: Scope, method: str, status: int, elapsed_s: float, request_id: str) -> None:
        state = scope["state"]
        handler = getattr(scope.get("route"), "path", UNMATCHED)
        is_stream = "is_stream" in state and state["is_stream"]  # open for hours, which is no latency
        self._metrics.observe(method, handler, status, None if is_stream else elapsed_s)
        self._log(request_id, method, handler, status, round(elapsed_s * 1000, 2), state.get("caller"))


def _log_request(
    request_id: str, method: str, handler: str, status: int, ms: float, caller: str | None
) -> None:
    _log.info(
        "request",
        request_id=request_id,
        method=method,
        handler=handler,
        status=status,
        ms=ms,
        caller=caller,
    )


def _has_length(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer says how long it is: its body is there when its head is sent."""
    return any(name == b"content-length" for name, _ in headers)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode("ascii") if _REQUEST_ID.fullmatch(value) else None
    return None

"""Which web pages of other origins a browser lets call the API (CORS)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from drivetrain.adapters.http.errors import problem

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_REQUEST_HEADERS = ("Authorization", "X-API-Key", "Content-Type", "X-Request-Id")
_ANSWER_HEADERS = (
    "X-Request-Id",
    "X-Table-Notes",
    "Retry-After",
    "Location",
    "Content-Disposition",
    "WWW-Authenticate",
)
_REMEMBERED_S = 600


def allow_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, answering browsers for pages of these origins; unchanged where there are none.

    Cookies are never allowed: a caller presents a key or a token.
    """
    if not origins:
        return app
    return _CrossOriginCalls(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_ANSWER_HEADERS,
        max_age=_REMEMBERED_S,
    )


class _CrossOriginCalls(CORSMiddleware):
    """The library's rules; a preflight that they refuse is answered with a problem."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let the application answer."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self.preflight_response(headers)
                if answer.status_code != 200:
                    answer = _refusal(headers, answer, scope["state"]["request_id"])
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _refusal(headers: Headers, answer: Response, request_id: str) -> Response:
    """The problem in place of the library's line of text, which names what is not allowed."""
    reason = bytes(answer.body).decode().removeprefix("Disallowed CORS ")
    return problem(
        403,
        code="http.origin_not_allowed",
        title="A page of another origin may not send this request",
        detail=f"Not allowed: {reason}. DRIVETRAIN_CORS_ORIGINS names the origins; the methods are "
        f"{', '.join(_METHODS)}, the headers {', '.join(_REQUEST_HEADERS)}.",
        request_id=request_id,
        headers={"Vary": "Origin"},
    )

"""Which web pages of other origins a browser lets call the API (CORS)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_REQUEST_HEADERS = ("Authorization", "X-API-Key", "Content-Type", "X-Request-Id")
_ANSWER_HEADERS = ("X-Request-Id", "Retry-After", "Location", "Content-Disposition", "WWW-Authenticate")
_REMEMBERED_S = 600


def allow_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, answering browsers for pages of these origins; unchanged where there are none.

    Cookies are never allowed: a caller presents a key or a token.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_ANSWER_HEADERS,
        max_age=_REMEMBERED_S,
    )

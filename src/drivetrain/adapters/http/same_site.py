"""Requests that change something with a session must come from our own pages (cross-site request forgery)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from drivetrain.core.errors import NotAllowedError

CLIENT_HEADER = "x-drivetrain-client"
"""Sent by the typed client. A page of another origin cannot send it: its browser would ask for leave first, and is not
given it."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_other_sites(request: Request) -> None:
    """Refuse a request that a browser sent for a page of another site; for what needs no session, such as signing in.

    Raises:
        NotAllowedError: ``auth.cross_site``.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotAllowedError("This cannot be done from a page of another site.", code="auth.cross_site")


def require_same_site(request: Request) -> None:
    """Refuse a request with a session that changes something and does not come from a page of this host.

    Raises:
        NotAllowedError: ``auth.cross_site``.
    """
    if request.method in _SAFE:
        return
    headers = request.headers
    origin = headers.get("origin", "")
    has_origin = bool(origin) and urlsplit(origin).netloc == headers.get("host")
    comes_from_here = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    if not (has_origin and comes_from_here and headers.get(CLIENT_HEADER)):
        raise NotAllowedError(
            "A request with a session that changes something must come from a page of this address: send Origin and "
            "X-Drivetrain-Client. Programs use an API key.",
            code="auth.cross_site",
        )

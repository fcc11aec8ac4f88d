"""The web app under ``/app/``, to which browsers are led from ``/``.

Files come from memory in the coding that the client wants, those with a hash in their name to be kept for ever; every
other address below the app is a page of it, under a strict policy. Addresses are relative, so that all of it works behind
any path prefix. The rest of the API is untouched: an unknown route stays a problem.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from drivetrain.adapters.http.web_bundle import DEEPEST_PAGE, INDEX, BundleFile, WebBundle
from drivetrain.core.errors import NotFoundError, UnavailableError

_LIBRARY_STYLES: Final = (
    # reka-ui 2.11 puts a style element each into SelectViewport and ComboboxViewport; the hashes change with the library,
    # and tests/e2e/test_web_app.py fails on every violation
    "'sha256-60LHlRjW/B3CtzIoE/Lf1/NEDvko9efWMFaGVhHu/cs='",
    "'sha256-0sLsI2a+NIcumVvBF9zD/ArGqlZR2xfnxsALPmK7nj8='",
)
CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {' '.join(_LIBRARY_STYLES)}",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FILE_HEADERS: Final = {"X-Content-Type-Options": "nosniff"}
_DOCUMENTS = ("text/html", "image/svg+xml")
"""What a browser may open by itself, and run scripts of."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

_STYLE = "body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}"
_ABSENCE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ABSENCE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}
<title>drivetrain: the web app is missing</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>The web app is not here yet</h1>
<p>{reason}</p>
<p>Everything else works: <a href="{up}docs">the API and its documentation</a>.</p>
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Absence:
    """Why there is no web app now.

    Attributes:
        reason: for people, with what to do; names no path of the machine.
        retry_after_s: when it may be there, seconds; None where waiting alone does not help.
    """

    reason: str
    retry_after_s: int | None = None


def add_web_app(app: FastAPI, bundle: WebBundle, absence: Callable[[], Absence]) -> None:
    """Add ``/app/`` and what leads there.

    Args:
        absence: why there is no build; asked while there is none, and must answer at once.
    """
    bundle.load()

    async def root(request: Request) -> Response:
        if not wants_page(request):
            raise HTTPException(404)  # what programs are answered where nothing is
        return RedirectResponse("app/", headers={"Vary": "Accept"})

    async def folder(_: Request) -> Response:
        return RedirectResponse("app/")

    async def entry(request: Request) -> Response:
        path = request.path_params["path"]
        found = await bundle.current()
        if found is None:
            return _absent(request, path, absence())
        if "." not in path.rpartition("/")[2] or path == INDEX:
            return _answer(request, found.page(_depth(path)))
        file = found.files.get(path)
        if file is None:  # of a build that another worker has read already?
            found = await bundle.latest()
            file = found.files.get(path) if found is not None else None
        if file is None:
            raise _no_file()
        return _answer(request, file)

    app.add_route("/", root, include_in_schema=False)
    app.add_route("/app", folder, include_in_schema=False)
    app.router.routes.append(_CountedRoute("/app/{path:path}", entry, include_in_schema=False))


class _CountedRoute(Route):
    """A route under whose path requests are counted and logged; plain ones do not say which they are."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As of a plain route, which is named in the scope."""
        match, child_scope = super().matches(scope)
        return match, {**child_scope, "route": self}


def wants_page(request: Request) -> bool:
    """Whether a browser asks for a page: programs accept anything, or JSON."""
    return "text/html" in request.headers.get("accept", "")


def _answer(request: Request, file: BundleFile) -> Response:
    headers = dict(_PAGE_HEADERS if file.media_type.startswith(_DOCUMENTS) else _FILE_HEADERS)
    coding, body = file.body(request.headers.get("accept-encoding", ""))
    etag = file.etag(coding)
    headers |= {"ETag": etag, "Cache-Control": _FOR_EVER if file.is_hashed else _ASK_AGAIN}
    if len(file.bodies) > 1:
        headers["Vary"] = "Accept-Encoding"
    if _is_known(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(body, media_type=file.media_type, headers=headers)


def _is_known(etag: str, known: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or etag in tags


def _absent(request: Request, path: str, absence: Absence) -> Response:
    if not wants_page(request):
        raise UnavailableError(
            absence.reason, code="platform.web_app_missing", retry_after_s=absence.retry_after_s or 60
        )
    refresh, headers = "", {"Content-Security-Policy": _ABSENCE_POLICY, "Cache-Control": "no-store"}
    if absence.retry_after_s is not None:
        refresh = f'\n<meta http-equiv="refresh" content="{absence.retry_after_s}">'
        headers["Retry-After"] = str(absence.retry_after_s)
    text = _ABSENCE.format(
        reason=html.escape(absence.reason), refresh=refresh, style=_STYLE, up="../" * (path.count("/") + 1)
    )
    return HTMLResponse(text, status_code=503, headers={**_PAGE_HEADERS, **headers})


def _depth(path: str) -> int:
    """How many folders below the app an address lies.

    Raises:
        NotFoundError: no page lies so deep.
    """
    depth = path.count("/")
    if depth > DEEPEST_PAGE:
        raise _no_file()
    return depth


def _no_file() -> NotFoundError:
    return NotFoundError(
        "The web app has no such file. If a page asked for it, another version has been installed since: load the page "
        "again.",
        code="platform.web_app_file_gone",
    )

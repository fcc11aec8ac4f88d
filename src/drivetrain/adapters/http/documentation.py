"""The pages about the API: its OpenAPI document, Swagger UI and Redoc, complete without internet.

The scripts and styles come from the ``fastapi-offline`` wheel (MIT; it carries Swagger UI, Apache-2.0, and Redoc, MIT); of
that package nothing but these files is used. All addresses are relative, so that the pages work behind any path prefix,
and the browser is told to load nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from drivetrain.adapters.http.openapi import JSON, document
from drivetrain.core.errors import NotFoundError, UnavailableError

PACKAGE = "fastapi_offline"
_REDOC = "redoc.standalone.js"
_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", _REDOC, "favicon.png")
_FOREIGN_IMAGE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_IMAGE = b"data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
"""A transparent dot in place of a logo that Redoc would load from elsewhere: the policy forbids that, audibly."""

_SCRIPTS = {
    "swagger.js": 'SwaggerUIBundle({url: "openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null});',
    "redoc.js": 'Redoc.init("openapi.json", {}, document.getElementById("page"));',
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body style="margin: 0">
<div id="page"></div>
<script src="docs/{library}"></script>
<script src="docs/{script}"></script>
</body>
</html>
"""


def add_documentation(app: FastAPI) -> None:
    """Add ``/openapi.json``, ``/docs`` and ``/redoc`` to an application; all routes must be there when they are asked."""
    cached: list[bytes] = []
    writing = asyncio.Lock()

    async def openapi(_: Request) -> Response:
        async with writing:
            if not cached:  # once, and not at the start: it takes a second of processor time
                cached.append(orjson.dumps(await asyncio.to_thread(document, app)))
        return Response(cached[0], media_type=JSON)

    app.add_route("/openapi.json", openapi, include_in_schema=False)
    app.add_route("/docs", _page(app.title, "swagger-ui-bundle.js", "swagger.js"), include_in_schema=False)
    app.add_route("/redoc", _page(app.title, _REDOC, "redoc.js"), include_in_schema=False)
    app.add_route("/docs/{file}", _file, include_in_schema=False)


def _page(title: str, library: str, script: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(_: Request) -> Response:
        _folder()
        return HTMLResponse(_PAGE.format(title=title, library=library, script=script), headers=_HEADERS)

    return page


async def _file(request: Request) -> Response:
    name = request.path_params["file"]
    if name in _SCRIPTS:
        return Response(_SCRIPTS[name], media_type="text/javascript")
    if name not in _FILES:
        raise NotFoundError("The pages have no such file.", code="http.no_such_file")
    headers = {"Cache-Control": "max-age=86400"}
    if name == _REDOC:
        return Response(_redoc(_folder()), media_type="text/javascript", headers=headers)
    return FileResponse(_folder() / name, headers=headers)


@cache
def _redoc(folder: Path) -> bytes:
    return (folder / _REDOC).read_bytes().replace(_FOREIGN_IMAGE, _NO_IMAGE)


def _folder() -> Path:
    """Where the wheel lies; its code is not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UnavailableError(
            f"The pages are not installed: install {PACKAGE}. The document itself is at /openapi.json.",
            code="http.pages_not_installed",
        )
    return Path(spec.origin).with_name("static")

"""The one plain page to which links lead: signing in, and choosing a password."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import APIRouter, Depends
from starlette.responses import Response

from drivetrain.accounts.people.adapters.use_cases import PAGES
from drivetrain.accounts.sessions.adapters.use_cases import PROVIDER_PAGE
from drivetrain.adapters.http.access import public
from drivetrain.adapters.http.openapi import Answer, Content, documented

_PAGE = Answer("The page.", {"text/html": Content({"type": "string"})})


def account_pages() -> APIRouter:
    """The page under each name that a link leads to. It reads the link from behind ``#``, which is never sent."""
    router = APIRouter(tags=["sessions"], dependencies=[Depends(public)])
    page = files("drivetrain.accounts.sessions.adapters").joinpath("templates/page.html").read_bytes()
    headers = {
        "Content-Security-Policy": _policy(page.decode()),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }

    def show(name: str) -> None:
        @router.get(f"/{name}", name=f"show_{name.replace('-', '_')}_page")
        @documented(_PAGE)
        async def show_page() -> Response:
            """Show the page on which people sign in or choose a password by a link."""
            return Response(page, media_type="text/html", headers=headers)

    for name in sorted({*PAGES.values(), PROVIDER_PAGE}):
        show(name)
    return router


def _policy(page: str) -> str:
    """Nothing runs but the script of the page itself, and nothing is asked but this address."""
    script, style = (_digest(page, tag) for tag in ("script", "style"))
    return (
        f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(page: str, tag: str) -> str:
    (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"

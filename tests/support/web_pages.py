"""All pages of the web app of a running platform, and what is wrong with one as it stands on the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import httpx
from tests.support.browser import DESKTOP, PHONE, ROUTER, Complaints, all_routes, axe_findings, settle
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_TRANSITIONS_END = """() => Promise.allSettled(document.getAnimations()
  .filter((animation) => animation instanceof CSSTransition).map((transition) => transition.finished))"""
_SESSION = re.compile(r"/people/me$|/sessions/")


def fill(platform: RunningPlatform) -> dict[str, str]:
    """Have something on every page; what stands in the paths of single things."""
    with platform.client() as client:
        decision = client.post("/rental/price", json=dict(EXAMPLE)).raise_for_status().json()
        company = client.post("/companies", json={"name": "Harbour Cars"}).raise_for_status().json()
        client.post("/keys", json={"name": "Price list", "grants": ["client"]}).raise_for_status()
        trial = {"version": _other_version(client), "reason": "to look at it"}
        client.post(f"/models/{MODEL}/load", json=trial).raise_for_status()
        rows = {"file": ("cars.csv", b"make,price\nAudi,80\n", "text/csv")}
        is_analysed = lambda: client.get("/rental/buffer/frontier").status_code == 200  # noqa: E731
        assert eventually(is_analysed, 300, every_s=0.5)
        task = client.post("/tables/rental-pricing/previews", files=rows).raise_for_status().json()
    return {
        "/decisions/:id": decision["decision_id"],
        "/administration/companies/:id": company["company_id"],
        "/administration/tasks/:id": task["task_id"],
        "/models/:name": MODEL,
    }


def paths(page: Page, things: Mapping[str, str]) -> list[str]:
    """The paths of all pages that the app of an open page knows, with a thing where one is needed."""
    found = [
        re.sub(r":\w+$", things[route], route) if route in things else route for route in all_routes(page)
    ]
    assert not [path for path in found if ":" in path], found
    return found


def show(page: Page, path: str) -> None:
    """Go to another page of the open app, as its links do."""
    page.evaluate(f"path => {ROUTER}.push(path)", path)


def fail_all(page: Page, status: int, code: str) -> None:
    """Let every request for data be answered by a problem; the session goes on."""

    def refuse(route: Route) -> None:
        if _SESSION.search(route.request.url) or not _is_for_data(route.request):
            route.fallback()
            return
        problem = {
            "type": "about:blank",
            "title": "No",
            "status": status,
            "detail": "It is away.",
            "code": code,
        }
        body = json.dumps({**problem, "request_id": "0"})
        route.fulfill(status=status, content_type="application/problem+json", body=body)

    page.route("**/*", refuse)


def empty_all(page: Page) -> None:
    """Let every list of the API be empty."""

    def empty(route: Route) -> None:
        if route.request.method != "GET" or not _is_for_data(route.request):
            route.fallback()
            return
        answer = route.fetch()
        if "application/json" not in answer.headers.get("content-type", ""):
            route.fulfill(response=answer)
            return
        body = answer.json()
        route.fulfill(response=answer, json={**body, "items": [], "next": None} if "items" in body else body)

    page.route("**/*", empty)


def tabs(page: Page, complaints: Complaints) -> Iterator[str]:
    """Open each tab of the page in turn, or look at the page once where it has none."""
    settle(page, complaints)
    names = page.locator("main [role=tab]").all_inner_texts()
    yield names[0] if names else ""
    for name in names[1:]:
        page.get_by_role("tab", name=name, exact=True).click()
        settle(page, complaints)
        yield name


def _other_version(client: httpx.Client) -> str:
    champion = client.get(f"/models/{MODEL}").raise_for_status().json()["champion"]["version"]
    return "2" if champion == "1" else "1"


def _is_for_data(request: Request) -> bool:
    return request.resource_type == "fetch"


def findings(page: Page) -> list[str]:
    """What axe has against the page in light and dark, and how far it reaches beyond the screen, on a phone too."""
    found = []
    for scheme, rules in (
        ("light", ()),
        ("dark", ("color-contrast",)),
    ):  # a theme changes colours and nothing else
        page.emulate_media(color_scheme=scheme)
        page.evaluate(_TRANSITIONS_END)
        found += [f"{scheme}: {finding}" for finding in axe_findings(page, rules)]
    for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(size)
        if (overflow := page.evaluate(_OVERFLOW)) > 0:
            found.append(f"{overflow} px beside the screen of a {name}")
    return found

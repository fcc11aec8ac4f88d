"""All pages of the web app of a running platform, and what is wrong with one as it stands on the screen."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import httpx
from tests.support.browser import (
    DESKTOP,
    PHONE,
    ROUTER,
    Complaints,
    all_routes,
    axe_findings,
    is_stream,
    settle,
)
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, eventually
from tests.support.web_accounts import DEALER, Accounts, acting_for, join_as_dealer

from drivetrain.market.listings.application.contract import LISTING

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page, Request, Route

EVERY = bool(os.environ.get("DRIVETRAIN_TEST_EVERY_PAGE"))
"""Whether every page is looked at in every state, and every payload sent from every field; `make pages` wants that."""

WORKED_WITHIN_S = 600
"""For what runs in the background; the analysis of delays has the lowest priority of all."""

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

OPENS_DIALOG = "main button[aria-haspopup=dialog]:enabled"
OPEN_DIALOG = "dialog[open]"
_OPEN_DETAILS = "main details[open]"
_OPEN_ALL = "open => document.querySelectorAll('main details').forEach((each) => (each.open = open))"
_BESIDE_SCREEN = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const layers = [...document.querySelectorAll("dialog[open], details[open] > :not(summary)")];
  const beside = layers.map((layer) => layer.getBoundingClientRect())
    .map(({ left, right }) => Math.max(-left, right - clientWidth));
  return Math.ceil(Math.max(scrollWidth - clientWidth, ...beside));
}"""
_OFF_PAPER = """() => {
  const all = [document.documentElement, ...document.querySelectorAll("main *")];
  const isShown = (each) => each.checkVisibility() && !each.closest(".sr-only");
  const cut = all.filter((each) => isShown(each) && getComputedStyle(each).overflowX !== "visible"
    && each.scrollWidth > each.clientWidth + 1 && !each.matches("input, select"));
  const beside = all.filter((each) => isShown(each)
    && each.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  const isDark = getComputedStyle(document.documentElement).colorScheme !== "light";
  return [...(isDark ? ["a dark theme"] : []),
    ...[...new Set([...cut, ...beside])].map((each) => `${each.tagName} ${each.className}`.slice(0, 120))];
}"""
_SESSION = re.compile(r"/people/me$|/sessions/current")


def fill(platform: RunningPlatform, reason: str = "to look at it") -> dict[str, str]:
    """Have something on every page; what stands in the paths of single things.

    Args:
        reason: of the trial that is begun, and description of the car on sale.
    """
    with platform.client() as client:
        decision = client.post("/rental/price", json=dict(EXAMPLE)).raise_for_status().json()
        company = client.post("/companies", json={"name": "Harbour Cars"}).raise_for_status().json()
        invitation = {"role": "dealer", "email": "ada@example.org", "name": "Ada"}
        client.post(f"/companies/{company['company_id']}/invitations", json=invitation).raise_for_status()
        client.post("/keys", json={"name": "Price list", "grants": ["client"]}).raise_for_status()
        trial = {"version": other_version(client), "reason": reason}
        client.post(f"/models/{MODEL}/load", json=trial).raise_for_status()
        moved = {
            "event_type": "driver_update", "driver_id": "driver-1", "latitude": 41.88, "longitude": -87.63,
            "status": "idle", "occurred_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        asked = {
            "event_type": "rider_request", "request_id": "request-1", "rider_id": "rider-1",
            "origin": {"latitude": 41.87, "longitude": -87.64}, "occurred_at": moved["occurred_at"],
        }  # fmt: skip
        client.post("/dispatch/events", json=[moved, asked]).raise_for_status()
        rows = {"file": ("cars.csv", b"make,price\nAudi,80\n", "text/csv")}
        task = client.post("/tables/rental-pricing/previews", files=rows).raise_for_status().json()["task_id"]
        has_ended = lambda: client.get(f"/tasks/{task}").json()["state"] not in {"queued", "running"}  # noqa: E731
        assert eventually(has_ended, WORKED_WITHIN_S, every_s=0.2)
        join_as_dealer(platform, company["company_id"])
        listing = put_on_sale(platform, company["company_id"], description=reason)
        report = {"reason": "other", "remark": reason}
        client.post(f"/market/listings/{listing}/reports", json=report).raise_for_status()
        conversation = write_and_review(platform, listing, reason)
        is_found = lambda: client.get("/market/search").json().get("total", 0) > 0  # noqa: E731
        assert eventually(is_found, WORKED_WITHIN_S, every_s=0.2)
        is_analyzed = lambda: client.get("/rental/buffer/frontier").status_code == 200  # noqa: E731
        assert eventually(is_analyzed, WORKED_WITHIN_S, every_s=0.5)
    return {
        "/decisions/:id": decision["decision_id"],
        "/administration/companies/:id": company["company_id"],
        "/administration/tasks/:id": task,
        "/models/:name": MODEL,
        "/dispatch/requests/:id": "request-1",
        "/market/listings/:id": listing,
        "/market/conversations/:id": conversation,
        "/market/stock/:id": listing,
    }


def put_on_sale(platform: RunningPlatform, company: str, **fields: object) -> str:
    """Have a car on sale, twice repriced, and another one as a draft; the id of the first."""
    with acting_for(platform, DEALER, company) as dealer:
        car = {**LISTING.example(), **fields}
        for _ in range(2):
            listing = dealer.post("/market/listings", json={"listing": car}).raise_for_status().json()
        path = f"/market/listings/{listing['listing_id']}"
        for version, price in enumerate((14_490, 13_990), start=1):
            entry = {"version": version, "listing": {**car, "price": price}}
            listing = dealer.put(path, json=entry).raise_for_status().json()
        step = {"version": listing["version"], "state": "live"}
        dealer.post(f"{path}/state", json=step).raise_for_status()
    return str(listing["listing_id"])


def write_and_review(platform: RunningPlatform, listing: str, text: str) -> str:
    """Have a buyer write to a dealer and to the support, report the latter, and review the car; the support's conversation."""
    with acting_for(platform, Accounts(platform).email("buyer", "bea"), None) as buyer:

        def post(path: str, **body: object) -> Any:
            return buyer.post(f"/market/{path}", json=body).raise_for_status().json()

        post("conversations", listing_id=listing, text=text)
        conversation = str(post("conversations", text=text)["conversation_id"])
        post(f"conversations/{conversation}/reports", reason="other", remark=text)
        post("reviews", listing_id=listing, stars=4, text=text)
    return conversation


def paths(page: Page, things: Mapping[str, str]) -> list[str]:
    """The paths of all pages that the app of an open page knows, with a thing where one is needed."""
    found = [path_of(route, things) for route in all_routes(page)]
    assert not [path for path in found if ":" in path], f"a thing is missing in `fill`: {found}"
    return found


def path_of(route: str, things: Mapping[str, str]) -> str:
    """The path of a route, with its thing where it needs one that is known."""
    return re.sub(r":\w+$", things[route], route) if route in things else route


def show(page: Page, path: str) -> None:
    """Go to another page of the open app, as its links do."""
    page.evaluate(f"path => {ROUTER}.push(path)", path)


def fail_all(page: Page, status: int, code: str) -> list[str]:
    """Let every request for data be answered by a problem; the addresses that have been asked for."""
    failed: list[str] = []

    def refuse(route: Route) -> None:
        if not _is_for_data(route.request):
            route.fallback()
            return
        failed.append(route.request.url)
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
    return failed


def hold_all(page: Page) -> list[str]:
    """Let no request for data be answered; the addresses that have been asked for."""
    held: list[str] = []

    def hold(route: Route) -> None:
        if _is_for_data(route.request):
            held.append(route.request.url)
        else:
            route.fallback()

    page.route("**/*", hold)
    return held


def empty_all(page: Page) -> list[str]:
    """Let every list of the API be empty; the addresses of those that have been asked for."""
    emptied: list[str] = []

    def empty(route: Route) -> None:
        if route.request.method != "GET" or not _is_for_data(route.request):
            route.fallback()
            return
        answer = route.fetch()
        if "application/json" not in answer.headers.get("content-type", ""):
            route.fulfill(response=answer)
            return
        body = answer.json()
        if "items" in body:
            emptied.append(route.request.url)
            body |= {"items": [], "next": None}
        route.fulfill(response=answer, json=body)

    page.route("**/*", empty)
    return emptied


def change_answers(page: Page, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Let answers of the API say something else.

    Args:
        changes: fields of an answer by the path that it comes from.
    """

    def change(route: Route) -> None:
        fields = changes.get(urlsplit(route.request.url).path)
        if fields is None or route.request.method != "GET":
            route.fallback()
            return
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **fields})

    page.route("**/*", change)


def tabs(page: Page, complaints: Complaints) -> Iterator[str]:
    """Open each tab of the page in turn, or look at the page once where it has none."""
    settle(page, complaints)
    names = page.locator("main [role=tab]").all_inner_texts()
    yield names[0] if names else ""
    for name in names[1:]:
        page.get_by_role("tab", name=name, exact=True).click()
        settle(page, complaints)
        yield name


def dialogs(page: Page) -> Iterator[str]:
    """Open each dialog of the page in turn, by the first button of each name, and leave it."""
    openers = page.locator(OPENS_DIALOG)
    for name in sorted(set(openers.all_inner_texts())):
        openers.filter(has_text=re.compile(f"^\\s*{re.escape(name)}\\s*$")).first.click()
        dialog = page.locator(OPEN_DIALOG)
        dialog.wait_for()
        yield name
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")


def csv_file(name: str, rows: Sequence[Mapping[str, Any]]) -> FilePayload:
    """A file as a form of the browser takes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def other_version(client: httpx.Client) -> str:
    """That of the two versions of the model which is not live."""
    champion = client.get(f"/models/{MODEL}").raise_for_status().json()["champion"]["version"]
    return "2" if champion == "1" else "1"


def findings(page: Page, within: str = "") -> list[str]:
    """What axe has against the page in both themes, and how far it reaches beyond the screen of a phone and of a desk.

    Colours change at once only in a context with ``reduced_motion="reduce"``.

    Args:
        within: the part of the page to look at; all of it unless given.
    """
    faults = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # a theme changes colours and nothing else
        rules = () if theme == THEMES[0] else ("color-contrast",)
        faults += [f"{theme}: {finding}" for finding in axe_findings(page, rules, within)]
    for name, size in (("phone", PHONE), ("desk", DESKTOP)):
        page.set_viewport_size(size)
        if EVERY and size is PHONE:
            faults += [f"{name}: {finding}" for finding in axe_findings(page, within=within)]
        if (beside := page.evaluate(_BESIDE_SCREEN)) > 0:
            faults.append(f"{beside} px beside the screen of a {name}")
    return faults


def unfolded_findings(page: Page) -> list[str]:
    """What is wrong with what the page shows when somebody unfolds it: tables of charts, choices of columns."""
    page.evaluate(_OPEN_ALL, True)
    faults = findings(page, _OPEN_DETAILS) if page.locator(_OPEN_DETAILS).count() else []
    page.evaluate(_OPEN_ALL, False)
    return faults


def paper_findings(page: Page) -> list[str]:
    """What would be cut off or unreadable if the page were printed; the page must be on paper (``emulate_media``)."""
    found: list[str] = page.evaluate(_OFF_PAPER)
    return found


def _is_for_data(request: Request) -> bool:
    return request.resource_type == "fetch" and not is_stream(request) and not _SESSION.search(request.url)

"""``python -m tests.support.screenshots FOLDER LINK [VIEW ...]``: pictures of every page of the web app of a running platform.

LINK signs in, as `drivetrain people link EMAIL` prints it. One folder for each view (light, dark, phone, Arabic, German), one
picture for each page that the router of the app knows, and for each tab of it. A page of one thing (a decision, a task) shows
the newest; without one it is left out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.browser import (
    VIEWS,
    Complaints,
    all_routes,
    launched_browser,
    settle,
    sign_in_by_link,
    watched_context,
)
from tests.support.web_pages import path_of, tabs

if TYPE_CHECKING:
    from playwright.sync_api import Page

LISTS = {
    "/decisions/:id": ("/decisions?limit=1", "decision_id"),
    "/administration/companies/:id": ("/companies", "company_id"),
    "/administration/tasks/:id": ("/tasks", "task_id"),
    "/models/:name": ("/models", "name"),
    "/market/listings/:id": ("/market/search?limit=1", "listing_id"),
    "/dispatch/requests/:id": ("/dispatch/requests?limit=1", "request_id"),
    "/market/conversations/:id": ("/market/conversations", "conversation_id"),
    "/market/stock/:id": ("/market/search?limit=1", "listing_id"),
}
"""Where the things of such pages are listed, and the field that stands in the address."""

_HEIGHT = "document.documentElement.scrollHeight"
_FIRST = """async ([path, field]) => {
  const answer = await fetch(path);
  return answer.ok ? String((await answer.json()).items[0]?.[field] ?? "") : "";
}"""


def main(arguments: list[str]) -> int:
    """Make the pictures; the number of things that the browser complained about."""
    folder, link, *views = Path(arguments[0]), *arguments[1:]
    app = urlsplit(link)._replace(path="/app", fragment="").geturl()
    failures = 0
    with launched_browser() as browser:
        with watched_context(browser) as (context, _):
            sign_in_by_link(context.new_page(), link)
            state = context.storage_state()
        for view in views or VIEWS:
            (folder / view).mkdir(parents=True, exist_ok=True)
            options = {"reduced_motion": "reduce", **VIEWS[view]}
            with watched_context(browser, storage_state=state, **options) as (context, complaints):
                page = context.new_page()
                page.goto(f"{app}/")
                settle(page, complaints)
                for path in _pages(page):
                    page.goto(f"{app}{path}")
                    _take(page, complaints, folder / view)
                for line in complaints.unexpected():
                    print(f"{view}: {line}")
                failures += len(complaints.unexpected())
    return min(failures, 100)


def _pages(page: Page) -> list[str]:
    """The paths of all pages that there is something to show on."""
    things = {route: page.evaluate(_FIRST, list(where)) for route, where in LISTS.items()}
    return [path_of(route, things) for route in all_routes(page) if things.get(route) != ""]


def _take(page: Page, complaints: Complaints, folder: Path) -> None:
    """A picture of the page and of each tab of it."""
    name = urlsplit(page.url).path.removeprefix("/app").strip("/").replace("/", "-") or "home"
    screen = page.viewport_size
    assert screen
    for number, _ in enumerate(tabs(page, complaints)):
        # charts are drawn where they are seen
        page.set_viewport_size({"width": screen["width"], "height": page.evaluate(_HEIGHT)})
        settle(page, complaints)
        page.screenshot(path=folder / f"{name}{f'-{number}' if number else ''}.png")
        page.set_viewport_size(screen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m tests.support.screenshots FOLDER LINK``: pictures of every page of the web app of a running platform.

LINK signs in, as `drivetrain people link EMAIL` prints it. One folder for each view (light, dark, phone, Arabic, German), one
picture for each page that the router of the app knows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.browser import VIEWS, launched_browser, routes_of, settle, sign_in_by_link, watched_context


def main(arguments: list[str]) -> int:
    """Make the pictures; the number of things that the browser complained about."""
    folder, link = Path(arguments[0]), arguments[1]
    app = urlsplit(link)._replace(path="/app", fragment="").geturl()
    failures = 0
    with launched_browser() as browser:
        with watched_context(browser) as (context, _):
            sign_in_by_link(context.new_page(), link)
            state = context.storage_state()
        for view, options in VIEWS.items():
            (folder / view).mkdir(parents=True, exist_ok=True)
            with watched_context(browser, storage_state=state, **options) as (context, complaints):
                page = context.new_page()
                page.goto(f"{app}/")
                settle(page, complaints)
                for route in routes_of(page):
                    page.goto(f"{app}{route}")
                    settle(page, complaints)
                    name = route.strip("/").replace("/", "-") or "home"
                    page.screenshot(path=folder / view / f"{name}.png", full_page=True)
                for line in complaints.unexpected():
                    print(f"{view}: {line}")
                failures += len(complaints.unexpected())
    return min(failures, 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

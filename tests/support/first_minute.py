"""``python -m tests.support.first_minute LINK``: from the address that `up` printed to a price and a promotion.

LINK is the one for the first administrator. It only clicks what is visible, on a platform whose rental model has a second
version; it prints every action with its seconds, and fails past 12 actions or 60 seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.browser import launched_browser, watched_context

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODEL = "rental-price"
MOST_ACTIONS, LONGEST_S = 12, 60.0


@dataclass(slots=True)
class Visitor:
    """Somebody at the screen.

    Attributes:
        actions: what they did, and how long after the begin it was done, seconds.
    """

    page: Page
    actions: list[tuple[str, float]] = field(default_factory=list)
    _began_at: float = field(default_factory=time.monotonic)

    def does(self, what: str, action: Callable[[], object]) -> None:
        """Take one step; it waits for what it needs to be visible."""
        action()
        self.actions.append((what, time.monotonic() - self._began_at))


def visit(page: Page, link: str) -> Visitor:
    """Sign in, get a price, move a slider, promote the second version."""
    visitor = Visitor(page)
    price = page.locator("main p[aria-live=polite]").first
    visitor.does("open the printed address", lambda: page.goto(link))
    visitor.does("open the web app", page.get_by_role("link", name="Open the web app").click)
    visitor.does(
        "choose the rental price",
        page.get_by_role("navigation").get_by_role("link", name="Rental price", exact=True).click,
    )
    former = price.inner_text()
    slider = page.get_by_role("slider", name="Mileage")
    visitor.does("move a slider", lambda: slider.click(position={"x": 4, "y": 4}))
    page.wait_for_function(
        "former => document.querySelector('main p[aria-live=polite]').innerText !== former", arg=former
    )
    visitor.does(
        "go to the models", page.get_by_role("navigation").get_by_role("link", name="All models").click
    )
    visitor.does("choose the model", page.get_by_role("link", name=MODEL, exact=True).click)
    visitor.does("look at its versions", page.get_by_role("tab", name="Versions").click)
    visitor.does(
        "choose to promote", page.get_by_role("region").get_by_role("button", name="Promote").first.click
    )
    dialog = page.get_by_role("dialog")
    visitor.does("give a reason", lambda: dialog.get_by_label("Reason").fill("It errs less."))
    visitor.does("promote", dialog.get_by_role("button", name="Promote").click)
    visitor.does("see that it is done", page.get_by_text("is champion.").wait_for)
    return visitor


def main(arguments: list[str]) -> int:
    """Print what was done; 1 where that were too many actions, or they took too long."""
    with launched_browser() as browser, watched_context(browser) as (context, complaints):
        actions = visit(context.new_page(), arguments[0]).actions
        lines = complaints.unexpected()
    for what, done_after_s in actions:
        print(f"{done_after_s:6.1f} s  {what}")
    print(*lines, sep="\n")
    return int(len(actions) > MOST_ACTIONS or actions[-1][1] > LONGEST_S or bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every page of the web app in a browser, with its data and without, in light and dark, on a desk and on a phone.

What must not be found: a serious finding of axe, a violated policy, an error in the console, content beside the screen.
CI looks at each page with its data, all its tabs and dialogs, and in one of the states without; `make pages` in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.web.conftest import Visit
from tests.support.browser import PAPER, needs_browser, needs_web_app, settle
from tests.support.platform import EXAMPLE, RunningPlatform
from tests.support.web_accounts import DEALER, PASSWORD, acting_for, state_of
from tests.support.web_pages import (
    EVERY,
    OPEN_DIALOG,
    OPENS_DIALOG,
    change_answers,
    csv_file,
    dialogs,
    empty_all,
    fail_all,
    fill,
    findings,
    hold_all,
    paper_findings,
    paths,
    show,
    tabs,
    unfolded_findings,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(1_800)]

UNKNOWN = "/no/such/page"
"""Where the tests begin: its page asks for nothing, so each other one asks anew."""

OF_A_PROVIDER = "/provider-sign-in"
"""Where an identity provider sends people back to; there is none here, so the page can only fail."""

EXPLAINS = "main [role=alert], main [role=status]"

ASK_FOR_NOTHING = {
    "/account/second-factor",
    "/administration/tables",
    "/rental/prices",
    "/sign-in",
    OF_A_PROVIDER,
}
"""Pages that need no data before somebody fills in what they ask for."""

WITHOUT_DATA = ("waiting", "empty", "refused", "failed")
"""What a page may be instead of showing its data."""

PROBLEMS = {"refused": (403, "auth.missing_scope"), "failed": (500, "platform.internal")}


_LONG_AGO = "2026-05-01T10:00:00Z"
MEMBER = {
    "person_id": "0198c0de-0000-7000-8000-000000000000",
    "name": "Ada",
    "email": "ada@example.org",
    "role": "dealer",
    "branch_id": None,
    "since": _LONG_AGO,
}
IDENTITY = {
    "identity_id": "0198c0de-0000-7000-8000-000000000000",
    "issuer": "https://id.example.org",
    "subject": "ada",
    "linked_at": _LONG_AGO,
    "last_used_at": _LONG_AGO,
}
NEED_SOMETHING = {"Add", "Cancel the task", "Change", "Remove", "Remove the second factor", "Unlink"}
"""Dialogs about what no page has in the tests: a member, a linked identity, a second factor, a task that runs, a file."""


@pytest.fixture(scope="module")
def things(served: RunningPlatform) -> dict[str, str]:
    return fill(served)


def test_every_page_with_its_tabs_and_dialogs_is_whole_with_its_data(
    visit: Visit, things: dict[str, str]
) -> None:
    page, complaints = visit(UNKNOWN, reduced_motion="reduce")
    settle(page, complaints)
    faults = {UNKNOWN: findings(page)}
    routes = [path for path in paths(page, things) if path != OF_A_PROVIDER]
    dialogs_seen = 0
    for path in routes:
        show(page, path)
        for tab in tabs(page, complaints):
            alerts = page.get_by_role("alert").all_inner_texts()
            faults[f"{path} {tab}"] = [*findings(page), *unfolded_findings(page), *alerts]
            for dialog in dialogs(page):
                faults[f"{path} {tab}: {dialog}"] = findings(page, OPEN_DIALOG)
                dialogs_seen += 1
    print(f"{len(routes)} pages, {len(faults)} views, {dialogs_seen} dialogs, with their data")
    assert "/rental/price" in routes and dialogs_seen > 10
    assert _only_faulty(faults) == {}


@pytest.mark.parametrize("state", WITHOUT_DATA)
def test_pages_are_whole_without_data_and_say_why(visit: Visit, things: dict[str, str], state: str) -> None:
    provoked = (PROBLEMS[state][0],) if state in PROBLEMS else ()
    page, complaints = visit(UNKNOWN, expects=provoked, reduced_motion="reduce")
    settle(page, complaints)
    asked = _keep_data_back(page, state)
    chosen = _of_state(paths(page, things), state)
    faults = {}
    for path in chosen:
        show(page, path)
        if state == "waiting":
            page.locator("main h1").first.wait_for()
        else:
            settle(page, complaints)
        faults[path] = findings(page)
        if path not in ASK_FOR_NOTHING and state != "empty" and not page.locator(EXPLAINS).count():
            faults[path].append("says nothing")
    print(f"{len(chosen)} pages {state}")
    assert asked
    assert _only_faulty(faults) == {}


def test_what_appears_after_a_step_is_whole(visit: Visit) -> None:
    page, complaints = visit("/rental/prices", expects=(401, 422), reduced_motion="reduce")
    settle(page, complaints)
    right, wrong = dict(EXAMPLE), {**EXAMPLE, "mileage": "far"}
    page.locator("main input[type=file]").set_input_files(csv_file("cars.csv", [right, wrong]))
    page.get_by_role("button", name="Price the file").click()
    page.locator("main td input").first.wait_for()
    settle(page, complaints)
    faults = {"a priced file": findings(page)}
    show(page, "/account/security")
    settle(page, complaints)
    set_up = page.get_by_role("button", name="Set it up")
    page.locator("main form").filter(has=set_up).get_by_label("Password").fill(PASSWORD)
    set_up.click()
    page.get_by_label("First code").wait_for()
    settle(page, complaints)
    faults["a second factor"] = [*findings(page), *unfolded_findings(page)]
    page.context.clear_cookies()
    show(page, "/models")
    page.locator(OPEN_DIALOG).wait_for()
    faults["an ended session"] = findings(page, OPEN_DIALOG)
    assert _only_faulty(faults) == {}


def test_dialogs_about_what_is_rare_are_whole(visit: Visit, things: dict[str, str]) -> None:
    page, complaints = visit(UNKNOWN, reduced_motion="reduce")
    company, task = things["/administration/companies/:id"], things["/administration/tasks/:id"]
    change_answers(
        page,
        {
            f"/companies/{company}/members": {"items": [MEMBER]},
            "/people/me": {"has_second_factor": True},
            "/people/me/identities": {"items": [IDENTITY]},
            f"/tasks/{task}": {"state": "running", "finished_at": None, "result": None, "error": None},
        },
    )
    page.reload()
    settle(page, complaints)
    faults = {}
    for path in (
        "/account/security",
        f"/administration/companies/{company}",
        "/administration/tables?table=rental-pricing",
        f"/administration/tasks/{task}",
    ):
        show(page, path)
        settle(page, complaints)
        if "tables" in path:
            page.locator("main input[type=file]").set_input_files(csv_file("cars.csv", [dict(EXAMPLE)]))
        page.locator(OPENS_DIALOG).first.wait_for()
        for dialog in dialogs(page):
            faults[dialog] = findings(page, OPEN_DIALOG)
    assert faults.keys() >= NEED_SOMETHING
    assert _only_faulty(faults) == {}


def test_the_pages_of_a_dealer_are_whole(
    visit: Visit, served: RunningPlatform, things: dict[str, str]
) -> None:
    """Administrators act for no company, so that they see of a stock only whose it would be."""
    listing, company = things["/market/listings/:id"], things["/administration/companies/:id"]
    with acting_for(served, DEALER, company) as dealer:
        page, complaints = visit(UNKNOWN, role=None, storage_state=state_of(dealer), reduced_motion="reduce")
    settle(page, complaints)
    faults, dialogs_seen = {}, 0
    for path in (
        "/market/stock",
        "/market/stock/new",
        f"/market/stock/{listing}",
        f"/market/listings/{listing}",
        "/market/conversations",
        f"/market/compare?cars={listing}",
        "/market/search?q=vw+glof+disel+wheels",
        "/market/search?map=1",
        "/market/insight?tab=own",
        *(f"/market/stock/import?tab={tab}" for tab in ("send", "mapping", "pull", "history")),
    ):
        show(page, path)
        settle(page, complaints)
        faults[path] = [
            *findings(page),
            *unfolded_findings(page),
            *page.get_by_role("alert").all_inner_texts(),
        ]
        for dialog in dialogs(page):
            faults[f"{path}: {dialog}"] = findings(page, OPEN_DIALOG)
            dialogs_seen += 1
    assert dialogs_seen > 5
    assert _only_faulty(faults) == {}


def test_a_price_and_a_decision_fit_on_paper(visit: Visit, things: dict[str, str]) -> None:
    page, complaints = visit(UNKNOWN, color_scheme="dark", reduced_motion="reduce")
    page.evaluate("localStorage.setItem('drivetrain.theme', '\"dark\"')")
    page.reload()
    settle(page, complaints)
    faults = {}
    for path in ("/rental/price", f"/decisions/{things['/decisions/:id']}"):
        page.emulate_media(media="screen")
        show(page, path)
        settle(page, complaints)
        page.emulate_media(media="print")
        page.set_viewport_size(PAPER)
        settle(page, complaints)
        faults[path] = paper_findings(page)
    assert _only_faulty(faults) == {}


def _keep_data_back(page: Page, state: str) -> list[str]:
    """Bring pages into a state without data; the addresses that they have asked for in vain."""
    if state == "waiting":
        return hold_all(page)
    if state == "empty":
        return empty_all(page)
    return fail_all(page, *PROBLEMS[state])


def _of_state(found: list[str], state: str) -> list[str]:
    """The pages to look at in a state: all, or those whose turn it is, so that each page is in one of them."""
    others = [path for path in found if path != OF_A_PROVIDER]
    chosen = others if EVERY else others[WITHOUT_DATA.index(state) :: len(WITHOUT_DATA)]
    return [*chosen, OF_A_PROVIDER] if state in PROBLEMS else chosen


def _only_faulty(faults: dict[str, list[str]]) -> dict[str, list[str]]:
    return {path: found for path, found in faults.items() if found}

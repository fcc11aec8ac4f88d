"""One job, pricing a car, in another language, by keyboard, on a phone, and through everything that can go wrong meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.web.conftest import Visit
from tests.support.browser import PHONE, needs_browser, needs_web_app, settle
from tests.support.platform import RunningPlatform, eventually
from tests.support.web_accounts import PASSWORD, Accounts

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(300)]

PATH = "/rental/price"
LANGUAGES = Path(__file__).parents[3] / "web" / "languages"
PRICE = "main p[aria-live=polite]"


@dataclass(frozen=True, slots=True)
class PricePage:
    """The page "Rental price", in a language."""

    page: Page
    language: str = "en"

    @property
    def price(self) -> str:
        return self.page.locator(PRICE).first.inner_text()

    @property
    def body(self) -> Locator:
        return self.page.get_by_role("combobox", name=self.word("rental.price.fields.car_type"))

    @property
    def mileage(self) -> Locator:
        return self.page.get_by_role("slider", name=self.word("rental.price.fields.mileage"))

    def word(self, key: str) -> str:
        word: Any = _words(self.language)
        for name in key.split("."):
            word = word[name]
        return str(word)

    def changes_from(self, former: str) -> str:
        """The next price."""
        self.page.wait_for_function(
            f"""former => {{ const price = document.querySelector({PRICE!r});
              return price && price.innerText !== former && !price.closest("[aria-busy=true]"); }}""",
            arg=former,
        )
        return self.price

    def do_the_job(self) -> None:
        """See a price, choose another body, move the slider; each gives another price."""
        first = self.price
        self.body.select_option("convertible")
        second = self.changes_from(first)
        self.mileage.click(position={"x": 4, "y": 4})
        assert self.changes_from(second) not in {first, second}


def test_in_english(visit: Visit) -> None:
    page, _ = visit(PATH, "analyst")
    PricePage(page).do_the_job()


def test_in_arabic_from_right_to_left(visit: Visit) -> None:
    page, _ = visit(PATH, "analyst", locale="ar")
    PricePage(page, "ar").do_the_job()
    html = page.locator("html")
    assert html.get_attribute("lang") == "ar"
    assert html.evaluate("element => getComputedStyle(element).direction") == "rtl"


def test_on_a_phone(visit: Visit) -> None:
    page, _ = visit("/", "analyst", viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation").get_by_role("link", name="Rental price", exact=True).tap()
    PricePage(page).do_the_job()


def test_by_keyboard_alone(visit: Visit) -> None:
    """The first stop skips to the content; every stop shows where one is."""
    page, _ = visit(PATH, "analyst")
    shown = PricePage(page)
    first = shown.price
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "#content"
    page.keyboard.press("Enter")
    _tab_to(page, shown.body)
    page.keyboard.type("Conv")
    second = shown.changes_from(first)
    _tab_to(page, shown.mileage)
    page.keyboard.press("PageUp")
    assert shown.changes_from(second) not in {first, second}


def test_while_the_api_is_slow_the_former_price_stays_and_is_marked(visit: Visit) -> None:
    page, _ = visit(PATH, "analyst")
    shown = PricePage(page)
    first = shown.price
    held: list[Route] = []
    page.route("**/rental/price", lambda route: held.append(route) if _asks(route) else route.continue_())
    shown.body.select_option("convertible")
    page.locator("[aria-busy=true]").filter(has=page.locator("p[aria-live=polite]")).first.wait_for()
    assert shown.price == first
    shown.mileage.click(position={"x": 4, "y": 4})
    page.unroute("**/rental/price")
    for route in held:
        with suppress(Exception):  # a request that was superseded is taken back
            route.continue_()
    assert shown.changes_from(first) != first


def test_an_answer_that_was_overtaken_is_never_shown(visit: Visit) -> None:
    page, _ = visit(PATH, "analyst")
    shown = PricePage(page)
    first = shown.price
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if _asks(route) and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/rental/price", hold_the_first)
    with page.expect_request(lambda request: request.method == "POST"):
        shown.body.select_option("convertible")
    shown.body.select_option("suv")
    newest = shown.changes_from(first)
    for route in held:
        with suppress(Exception):
            route.fulfill(status=200, content_type="application/json", body='{"price_per_day": 1}')
    shown.mileage.click(position={"x": 4, "y": 4})
    assert shown.changes_from(newest) != first
    assert len(held) == 1


@pytest.mark.parametrize(("status", "code"), [(503, "http.unavailable"), (500, "http.internal")])
def test_an_api_that_fails_is_explained_and_asked_again(visit: Visit, status: int, code: str) -> None:
    page, _ = visit(PATH, "analyst", expects=(status,))
    shown = PricePage(page)
    first = shown.price
    problem = {"type": "about:blank", "title": "No", "status": status, "detail": "It is away.", "code": code}
    body = json.dumps({**problem, "request_id": "0"})

    def fail(route: Route) -> None:
        if _asks(route):
            route.fulfill(status=status, content_type="application/problem+json", body=body)
        else:
            route.continue_()

    page.route("**/rental/price", fail)
    shown.body.select_option("convertible")
    alert = page.get_by_role("alert").filter(has_text=code)
    alert.wait_for()  # after it was tried again
    page.unroute("**/rental/price")
    alert.get_by_role("button", name="Try again").click()
    alert.wait_for(state="detached")
    assert shown.changes_from(first) != first


def test_an_api_that_restarts_is_waited_for(visit: Visit, served: RunningPlatform) -> None:
    """Every worker is killed; requests that are cut off or refused meanwhile are sent again."""
    from playwright.sync_api import Error as PlaywrightError

    page, complaints = visit(PATH, "analyst", expects=(502, 503))
    shown = PricePage(page)
    first = shown.price
    for worker in served.worker_pids():
        os.kill(worker, signal.SIGKILL)
    shown.body.select_option("convertible")
    served.wait_ready()
    again = page.get_by_role("button", name="Try again").first

    def has_new_price() -> bool:
        if again.is_visible():  # it has given up asking by itself, or is just about to succeed
            with suppress(PlaywrightError):
                again.click(timeout=2_000)
        return any(price != first for price in page.locator(PRICE).all_inner_texts())

    assert eventually(has_new_price, 120, every_s=0.2)
    complaints.lines[:] = [line for line in complaints.lines if "net::ERR_" not in line]


def test_a_session_that_ended_is_asked_for_over_the_page_and_nothing_typed_is_lost(
    visit: Visit, accounts: Accounts
) -> None:
    page, _ = visit(PATH, "analyst", expects=(401,))
    shown = PricePage(page)
    first = shown.price
    page.context.clear_cookies()
    field = page.locator("main input[name=mileage]")
    field.fill("98765")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    dialog.get_by_label("Password").fill(PASSWORD)
    assert dialog.get_by_label("E-mail address").input_value() == accounts.email("analyst")
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    assert shown.changes_from(first) != first
    assert re.sub(r"\D", "", field.input_value()) == "98765"


def test_rights_that_were_taken_away_meanwhile_are_missed_in_words(visit: Visit, accounts: Accounts) -> None:
    role, name = "operator", "leaver"
    page, _ = visit(PATH, role=None, expects=(401, 403), storage_state=accounts.signed_in(role, name))
    shown = PricePage(page)
    assert shown.price
    accounts.take_role(name, role)
    shown.body.select_option("convertible")
    dialog = page.get_by_role("dialog", name="Your session has ended")  # with the rights
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    page.get_by_text("You may not see this").first.wait_for()
    assert shown.body.input_value() == "convertible"


def test_a_tab_that_was_open_through_an_upgrade_loads_the_page_that_it_asks_for(visit: Visit) -> None:
    page, complaints = visit("/", "analyst", expects=(404,))
    settle(page, complaints)  # its own parts are there before the upgrade
    upgraded = [False]
    page.on("request", lambda request: upgraded.append(True) if request.is_navigation_request() else None)
    page.route(
        "**/app/assets/*",
        lambda route: route.continue_() if upgraded[-1] else route.fulfill(status=404, body="gone"),
    )
    page.locator("nav").get_by_role("link", name="Rental price", exact=True).click()
    PricePage(page).do_the_job()
    assert upgraded == [False, True], "it was loaded once"
    assert PATH in page.url


def test_seven_tabs_are_served_at_once(visit: Visit) -> None:
    """A browser opens six connections to a host: no tab may keep one for itself."""
    page, _ = visit(PATH, "analyst")
    tabs = [PricePage(page), *(PricePage(page.context.new_page()) for _ in range(6))]
    for tab in tabs[1:]:
        tab.page.goto(page.url)
    former = [tab.price for tab in tabs]
    for tab in tabs:
        tab.body.select_option("convertible")
    for tab, price in zip(tabs, former, strict=True):
        tab.page.bring_to_front()
        tab.changes_from(price)


def _asks(route: Route) -> bool:
    return route.request.method == "POST"


def _tab_to(page: Page, wanted: Locator) -> None:
    shows_focus = """element => { const frame = element.closest("[class*=focus-within]") ?? element;
      return [element, frame].some((each) => getComputedStyle(each).outlineStyle !== "none"); }"""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate(shows_focus), focused.evaluate("element => element.outerHTML.slice(0, 200)")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not lead there")


@cache
def _words(language: str) -> Any:
    return json.loads((LANGUAGES / f"{language}.json").read_text(encoding="utf-8"))

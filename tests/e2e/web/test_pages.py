"""The pages of the web app in a browser, against a running platform: who gets in, on which screens, in which languages."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from tests.e2e.web.conftest import PASSWORD, Visit
from tests.support.browser import (
    VIEWS,
    axe_findings,
    needs_browser,
    needs_web_app,
    routes_of,
    settle,
    watched_context,
)
from tests.support.platform import RunningPlatform

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

_SHOWS_FOCUS = """() => {
  for (let element = document.activeElement, step = 0; element && step < 3; element = element.parentElement, step++) {
    const style = getComputedStyle(element);
    if (element === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none") return true;
  }
  return false;
}"""
"""An outline of the element itself, or of the frame around it."""

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(300)]


def test_from_the_printed_address_somebody_signs_in_and_comes_to_the_app(
    browser: Browser, served: RunningPlatform, administrator: dict[str, Any]
) -> None:
    """The link has signed in already (it is good once); its page leads to the app."""
    with watched_context(browser, storage_state=administrator) as (context, complaints):
        page = context.new_page()
        page.goto(served.address)
        assert page.url == f"{served.address}/app/"
        settle(page)
        assert complaints.unexpected() == []


def test_somebody_who_is_not_signed_in_signs_in_by_password_and_comes_where_they_wanted(
    browser: Browser, served: RunningPlatform, administrator: dict[str, Any]
) -> None:
    with watched_context(browser) as (context, complaints):
        complaints.expected_statuses.add(401)  # nobody is signed in yet
        page = context.new_page()
        page.goto(f"{served.address}/app/rental/price")
        page.locator("input[name=email]").fill("admin@drivetrain.internal")
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/app/rental/price*")
        settle(page)
        assert complaints.unexpected() == []


@pytest.mark.parametrize("name", VIEWS)
def test_every_page_is_whole(visit: Visit, name: str) -> None:
    """No complaint of the browser, no serious finding of axe, nothing beside the screen."""
    page, _ = visit("/", **VIEWS[name])
    settle(page)
    address = page.url.rstrip("/")
    findings: dict[str, list[str]] = {}
    routes = [route for route in routes_of(page) if route != "/sign-in"]
    assert "/rental/price" in routes
    for route in routes:
        page.goto(f"{address}{route}")
        settle(page)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        findings[route] = [
            *axe_findings(page),
            *([f"{overflow} px beside the screen"] if overflow > 0 else []),
        ]
    assert {route: found for route, found in findings.items() if found} == {}


@pytest.mark.parametrize(("locale", "language", "direction"), [("ar", "ar", "rtl"), ("de-DE", "de", "ltr")])
def test_the_language_of_the_browser_is_spoken(
    visit: Visit, locale: str, language: str, direction: str
) -> None:
    page, _ = visit("/", locale=locale)
    settle(page)
    html = page.locator("html")
    assert (html.get_attribute("lang") or "").startswith(language)
    assert html.evaluate("element => getComputedStyle(element).direction") == direction


def test_dark_is_dark_and_light_is_light(visit: Visit) -> None:
    def brightness(color_scheme: str) -> float:
        page, _ = visit("/", color_scheme=color_scheme)
        settle(page)
        # a pixel of the page itself: colours may be given in any space
        return float(
            page.evaluate(
                """() => { const context = document.createElement("canvas").getContext("2d");
                context.fillStyle = getComputedStyle(document.body).backgroundColor; context.fillRect(0, 0, 1, 1);
                return context.getImageData(0, 0, 1, 1).data[1]; }"""
            )
        )

    assert brightness("dark") < 80 < 200 < brightness("light")


def test_the_app_can_be_used_by_keyboard(visit: Visit) -> None:
    """The first stop skips to the content; every stop shows where one is."""
    page, _ = visit("/")
    settle(page)
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#content"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "content"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(_SHOWS_FOCUS), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_a_session_that_ended_is_asked_for_over_the_page_and_nothing_typed_is_lost(
    visit: Visit, served: RunningPlatform, administrator: dict[str, Any], browser: Browser
) -> None:
    page, complaints = visit("/rental/price")
    complaints.expected_statuses.add(401)
    settle(page)
    field = page.locator("main input[name=mileage]")
    field.fill("123456")
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    field.fill("98765")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    settle(page)
    assert re.sub(r"\D", "", field.input_value()) == "98765"


@pytest.mark.parametrize("status", [503, 500])
def test_an_api_that_fails_is_explained_and_asked_again(visit: Visit, status: int) -> None:
    page, complaints = visit("/")
    complaints.expected_statuses.add(status)
    settle(page)
    failing = True

    def answer(route: Route) -> None:
        if not failing:
            route.continue_()
            return
        problem = (
            f'{{"type": "about:blank", "title": "Unavailable", "status": {status}, "detail": "It is away.", '
            '"code": "platform.unavailable", "request_id": "r"}'
        )
        route.fulfill(status=status, content_type="application/problem+json", body=problem)

    page.route(
        "**/rental/price",
        lambda route: answer(route) if route.request.method == "POST" else route.continue_(),
    )
    page.goto(page.url.rstrip("/") + "/rental/price")
    page.get_by_role("alert").first.wait_for(timeout=60_000)  # after it was tried again
    failing = False
    page.get_by_role("alert").get_by_role("button").click()
    page.get_by_role("alert").first.wait_for(state="detached")


def test_an_answer_that_was_overtaken_is_never_shown(visit: Visit) -> None:
    """The first answer is held back until the second is there."""
    page, _ = visit("/")
    settle(page)
    held: list[Route] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST" or held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/rental/price", answer)
    page.goto(page.url.rstrip("/") + "/rental/price")
    page.locator("main h1").first.wait_for()
    with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
        page.locator("main input[name=mileage]").fill("140001")
    page.wait_for_load_state("networkidle")
    shown = page.locator("main").inner_text()
    assert "EUR" in shown or "€" in shown
    for route in held:
        with suppress(PlaywrightError):  # the page has taken the request back, as it should
            route.fulfill(status=200, content_type="application/json", body='{"price_per_day": 1}')
    page.wait_for_load_state("networkidle")
    assert len(held) == 1 and page.locator("main").inner_text() == shown

"""Forty payloads in every text field, and in all names and reasons that others see, run nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.web.conftest import Visit
from tests.support.browser import Complaints, needs_browser, needs_web_app, settle, stop_typing
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform
from tests.support.script_payloads import PAYLOADS, WATCH
from tests.support.web_pages import EVERY, csv_file, dialogs, fill, paths, show, tabs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(3_600)]

_TYPE = """async (payloads) => {
  const types = ["text", "search", "email", "url", "tel", "password"];
  const part = document.querySelector("dialog[open]") ?? document;
  const fields = [...part.querySelectorAll("input, textarea")].filter(
    (field) => field instanceof HTMLTextAreaElement || types.includes(field.type));
  for (const payload of payloads) {
    for (const field of fields) {
      field.value = payload;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    await new Promise(requestAnimationFrame); // it is on the page
  }
  return fields.length;
}"""
_SCROLL = """async (text) => {
  const main = document.querySelector("main");
  let isShown = main.textContent.includes(text);
  for (const region of main.querySelectorAll("[role=region]")) {
    for (let top = 0; top < region.scrollHeight; top += Math.max(200, region.clientHeight / 2)) {
      region.scrollTo(0, top);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      isShown ||= main.textContent.includes(text);
    }
  }
  return isShown;
}"""
"""Draws all rows of the tables, which are drawn where they are seen, and says whether a text was among them."""

AN_IMAGE = "<img src=x onerror=hacked()>"
REFUSALS = (400, 404, 409, 422)


@pytest.fixture(scope="module")
def things(served: RunningPlatform) -> dict[str, str]:
    return fill(served, reason=AN_IMAGE)


def test_the_payloads_are_forty_and_one_that_is_taken_for_markup_is_seen(visit: Visit) -> None:
    """The alarm itself works: the policy stops markup that a page would take in, and the browser says so."""
    page, complaints = visit("/")
    settle(page, complaints)
    markup = "<img src=x: onerror=hacked()>"
    with page.expect_console_message(lambda message: "policy violation" in message.text):
        page.evaluate(
            "markup => document.querySelector('main').insertAdjacentHTML('beforeend', markup)", markup
        )
    assert any("violation" in line for line in complaints.lines)
    complaints.lines.clear()
    assert len(set(PAYLOADS)) == 40 and all("hacked()" in payload for payload in PAYLOADS)


@pytest.mark.skipif(not EVERY, reason="takes minutes: `make pages` types the payloads into every field")
def test_payloads_typed_into_every_field_do_not_run(visit: Visit, things: Mapping[str, str]) -> None:
    """All are typed into each field; the last, with `make pages` each of them, goes on to the address and the API."""
    page, complaints = visit("/", expects=REFUSALS)
    page.context.add_init_script(WATCH)
    page.clock.install()
    page.reload()
    settle(page, complaints)
    fields = {}
    for path in paths(page, things):
        show(page, path)
        for tab in tabs(page, complaints):
            for dialog in dialogs(page):
                fields[f"{path} {tab}: {dialog}"] = _type(page, complaints)
            fields[f"{path} {tab}"] = _type(page, complaints)
        if "?" in page.url:  # what the address has kept is read again
            page.reload()
            settle(page, complaints, stays_dimmed=True)
    print(f"{len(PAYLOADS)} payloads in {sum(fields.values())} fields of {len(fields)} views and dialogs")
    assert sum(fields.values()) > 40, fields


def _type(page: Page, complaints: Complaints) -> int:
    """Type the payloads into the fields of the page, or of the dialog over it; the number of fields."""
    number = 0
    for payloads in ([payload] for payload in PAYLOADS) if EVERY else [PAYLOADS]:
        number = page.evaluate(_TYPE, list(payloads))
        if not number:
            break
        stop_typing(page)
        settle(page, complaints, stays_dimmed=True)  # as long as an entry is wrong
    return number


def test_payloads_in_a_file_are_shown_as_text(visit: Visit) -> None:
    page, complaints = visit("/rental/prices", expects=REFUSALS)
    page.context.add_init_script(WATCH)
    page.reload()
    settle(page, complaints)
    rows = [dict.fromkeys(EXAMPLE, payload) for payload in PAYLOADS]
    page.locator("main input[type=file]").set_input_files(csv_file(f"{AN_IMAGE}.csv", rows))
    page.get_by_role("button", name="Price the file").click()
    cells = page.locator("main td input")
    cells.first.wait_for()
    settle(page, complaints)
    assert set(cells.evaluate_all("all => all.map(({ value }) => value)")) == set(PAYLOADS)


def test_payloads_as_names_and_reasons_are_shown_to_others_as_text(
    visit: Visit, served: RunningPlatform, things: Mapping[str, str]
) -> None:
    decision = _store(served)
    page, complaints = visit("/", expects=REFUSALS)
    page.context.add_init_script(WATCH)
    page.reload()
    settle(page, complaints)
    shown_on = {
        "/administration/people": AN_IMAGE,
        "/administration/keys": AN_IMAGE,
        "/administration/companies": AN_IMAGE,
        f"/models/{MODEL}?tab=history": AN_IMAGE,
        f"/decisions/{decision}": PAYLOADS[-1],
        f"/market/listings/{things['/market/listings/:id']}": AN_IMAGE,
        f"/market/conversations/{things['/market/conversations/:id']}": AN_IMAGE,
        "/market/conversations/moderation": AN_IMAGE,
        "/market/reviews/moderation": AN_IMAGE,
        "/decisions": "",
        "/administration/audit": "",
        "/administration/mails": "",
        "/account/notifications": "",
        "/": "",
    }
    for path, text in shown_on.items():
        show(page, path)
        settle(page, complaints)
        assert page.evaluate(_SCROLL, text), path
        settle(page, complaints)


def _store(platform: RunningPlatform) -> str:
    """Have every payload as a name, a word and a reason; the last decision that has one."""
    decision = ""
    with platform.client() as client:
        for number, payload in enumerate(PAYLOADS):
            person = {"email": f"p{number}@example.org", "name": payload, "roles": ["analyst"]}
            client.post("/people", json=person).raise_for_status()
            client.post("/companies", json={"name": payload}).raise_for_status()
            client.post("/keys", json={"name": payload, "grants": ["predict"]}).raise_for_status()
            answer = client.post("/rental/price", json={**EXAMPLE, "model_key": payload}).raise_for_status()
            decision = answer.json()["decision_id"]
            outcome = {"name": "booked", "value": 1.0}
            client.post(f"/decisions/{decision}/outcome", json=outcome).raise_for_status()
    return decision

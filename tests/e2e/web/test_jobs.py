"""One whole job for each of several kinds of people, from sign-in to result, with the rights of their role and no more."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.e2e.web.conftest import Visit
from tests.support.browser import needs_browser, needs_web_app
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, eventually
from tests.support.tables import MAPPING, english_rows, french_rows, write_table
from tests.support.web_accounts import (
    DEALER,
    PASSWORD,
    Accounts,
    acting_for,
    join_as_dealer,
    state_of,
)
from tests.support.web_pages import EVERY, csv_file, put_on_sale

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [needs_browser, needs_web_app, pytest.mark.slow, pytest.mark.timeout(300)]

SMALL_RECIPE = {"settings": {"trees": 20, "leaves": 8, "learning_rate": 0.1, "seed": 5}}
"""Takes seconds to fit; the page asks for the usual recipe."""

SignIn = Callable[..., "Page"]


@pytest.fixture
def sign_in(visit: Visit, accounts: Accounts) -> SignIn:
    """Opens the app at a path and signs in there, as the person of a role."""

    def as_role(path: str, role: str, **options: Any) -> Page:
        page, _ = visit(path, role=None, expects=(401,), **options)
        page.get_by_label("E-mail address").fill(accounts.email(role))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator("nav").get_by_role("link", name="Home").wait_for()
        return page

    return as_role


@pytest.fixture(scope="module")
def dealership(served: RunningPlatform) -> str:
    """The id of a company that a dealer has joined."""
    with served.client() as client:
        company = client.post("/companies", json={"name": "Harbour Cars"}).raise_for_status().json()
    join_as_dealer(served, company["company_id"])
    return str(company["company_id"])


def test_a_decider_prices_a_car_moves_a_slider_and_promotes_the_second_version(
    sign_in: SignIn, served: RunningPlatform
) -> None:
    page = sign_in("/rental/price", "operator")
    first = _price(page)
    page.get_by_role("combobox", name="Body").select_option("Convertible")
    second = _price(page, other_than=first)
    slider = page.get_by_role("slider", name="Mileage")
    slider.click(position={"x": 4, "y": 4})
    _price(page, other_than=second)
    page.wait_for_url(re.compile("what-if=mileage"))
    page.reload()  # the address holds all that was chosen
    _price(page)
    assert page.get_by_role("combobox", name="Body").input_value() == "convertible"

    page.locator("nav").get_by_role("link", name="All models").click()
    page.get_by_role("link", name=MODEL, exact=True).click()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("row").filter(has_text="Promote").get_by_role("button", name="Promote").click()
    _give_reason(page, "Promote", "It errs less on convertibles.")
    page.get_by_text("Version 2 is champion.").wait_for()
    page.get_by_role("tab", name="History").click()
    page.get_by_role("cell", name="It errs less on convertibles.").wait_for()

    assert eventually(lambda: _versions_that_answer(served) == {"2"}, 60)
    page.locator("nav").get_by_role("link", name="Rental price", exact=True).click()
    page.get_by_role("combobox", name="Body").select_option("Convertible")
    page.get_by_text(f"{MODEL}, version 2").wait_for()


def test_a_client_developer_makes_a_key_copies_a_request_and_finds_their_decision(
    sign_in: SignIn, served: RunningPlatform
) -> None:
    page = sign_in("/administration/keys", "analyst", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Name").fill("Fleet planner")
    page.get_by_label("Role").select_option("Chosen rights")
    page.get_by_label("predict", exact=True).check()
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_role("status").locator("pre").inner_text()
    page.get_by_role("button", name="I have it").click()
    page.get_by_text(key).wait_for(state="detached")

    page.locator("nav").get_by_role("link", name="Rental price", exact=True).click()
    _price(page)
    page.get_by_role("button", name="Copy as curl").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    answer = _sent(command, key)
    assert answer.status_code == 200, answer.text
    decision = answer.json()["decision_id"]

    page.locator("nav").get_by_role("link", name="Decisions").click()
    row = page.get_by_role("row").filter(has_text=decision)
    row.get_by_role("link").click()
    page.get_by_role("heading", name="Decision", exact=False).first.wait_for()
    page.locator("main").get_by_text(decision).wait_for()
    assert page.url.endswith(decision)


def test_a_data_scientist_compares_versions_the_trial_and_what_another_version_had_answered(
    sign_in: SignIn, served: RunningPlatform
) -> None:
    with served.client() as client:
        champion = client.get(f"/models/{MODEL}").raise_for_status().json()["champion"]["version"]
        trial = {"version": "2" if champion == "1" else "1", "reason": "to compare"}
        client.post(f"/models/{MODEL}/load", json=trial).raise_for_status()
        client.post("/rental/price", json=dict(EXAMPLE)).raise_for_status()
    page = sign_in("/models", "analyst")
    page.get_by_role("link", name=MODEL, exact=True).click()
    page.get_by_role("tab", name="Versions").click()
    rows = page.get_by_role("region", name="Versions").get_by_role("row")
    rows.nth(2).wait_for()
    header = rows.nth(0).inner_text()
    assert "r2_score" in header
    assert page.get_by_role("button", name="Promote").count() == 0, "an analyst may not"
    page.get_by_role("tab", name="Trial").click()
    page.get_by_role("heading", name=re.compile(r"Version \d beside version \d")).wait_for()
    page.get_by_role("heading", name="Guard rails").wait_for()

    page.locator("nav").get_by_role("link", name="Decisions").click()
    page.get_by_role("region").get_by_role("link").first.click()
    page.get_by_role("heading", name="Why").wait_for()
    page.get_by_text(re.compile(r"Asked again of version \d: the answer is identical")).wait_for()
    page.get_by_role("rowheader", name="On average").wait_for()
    page.get_by_role("button", name="Answer again").click()
    page.get_by_role("status").filter(has_text=re.compile("^Version \\d")).wait_for()

    page.locator("nav").get_by_role("link", name="Trip quality").click()
    page.get_by_role("heading", level=1).wait_for()
    assert page.get_by_role("alert").count() == 0


def test_an_operator_looks_after_tasks_tables_and_health_and_the_audit_trail_keeps_it(
    sign_in: SignIn, visit: Visit, tmp_path: Path
) -> None:
    page = sign_in("/administration/health", "operator")
    page.get_by_text("database", exact=False).first.wait_for()
    assert page.locator("nav").get_by_role("link", name="Audit trail").count() == 0, "not the operator's"

    page.locator("nav").get_by_role("link", name="Add a table").click()
    page.get_by_role("combobox", name="Table", exact=True).fill("rental-pricing")
    rows = french_rows(english_rows(tmp_path, 40))
    page.locator("input[type=file]").set_input_files(write_table(tmp_path / "voitures.csv", rows))
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("Missing columns:").wait_for()
    page.get_by_label("Headings of the file").fill("\n".join(MAPPING))
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("40 rows taken, 0 refused").wait_for()
    page.get_by_role("link", name="Open the task").click()
    page.get_by_text("done", exact=True).wait_for()
    page.locator("nav").get_by_role("link", name="Tasks").click()
    page.get_by_role("region", name="Tasks").get_by_role("row").nth(2).wait_for()

    audit, _ = visit("/administration/audit")  # an administrator's
    audit.get_by_role("combobox", name="Action").fill("people.")
    audit.get_by_role("region", name="Audit trail").get_by_role(
        "cell", name="people.", exact=False
    ).first.wait_for()


def test_an_administrator_previews_a_version_tries_it_out_and_goes_back(
    sign_in: SignIn, served: RunningPlatform
) -> None:
    with served.client() as client:
        model = client.get(f"/models/{MODEL}").raise_for_status().json()
        if model["challenger"]:
            client.post(f"/models/{MODEL}/unload", json={"reason": "another comes"}).raise_for_status()
        if model["champion"]["version"] == "1":
            second = {"version": "2", "reason": "so that there is one to go back to"}
            client.post(f"/models/{MODEL}/promote", json=second).raise_for_status()
        client.post("/rental/price", json=dict(EXAMPLE)).raise_for_status()
    page = sign_in(f"/models/{MODEL}?tab=preview&version=1", "admin")
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("heading", name="With version 1").wait_for()

    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("row").filter(has_text="Try out").get_by_role("button", name="Try out").click()
    _give_reason(page, "Try out")
    page.get_by_text("Version 1 is on trial.").wait_for()
    page.get_by_role("tab", name="Trial").click()
    page.get_by_role("heading", name="Version 1 beside version 2").wait_for()
    page.get_by_role("button", name="End the trial").click()
    _give_reason(page, "End the trial")
    page.get_by_text("The trial has ended.").wait_for()

    page.get_by_role("button", name="Roll back").click()
    _give_reason(page, "Roll back")
    page.get_by_text("The previous champion answers again.").wait_for()
    assert eventually(lambda: _versions_that_answer(served) == {"1"}, 60)


def test_a_dealer_sells_a_car_that_a_buyer_finds_and_compares(
    visit: Visit, served: RunningPlatform, dealership: str
) -> None:
    with acting_for(served, DEALER, dealership) as dealer:
        state = state_of(dealer)
        page, _ = visit("/market/stock/new", role=None, storage_state=state, expects=(409,))
        car = {"Make": "vw", "Model": "Golf", "Registered": "2018", "Mileage": "60 000", "Price": "14990"}
        for name, entry in car.items():
            page.get_by_role("textbox", name=name, exact=True).or_(
                page.get_by_role("combobox", name=name, exact=True)
            ).fill(entry)
        page.get_by_role("checkbox", name="Tow bar").check()
        page.get_by_role("button", name="Save as a draft").click()
        page.get_by_role("button", name="Put on sale").click()
        page.get_by_role("dialog").get_by_role("button", name="Put on sale").click()
        page.get_by_role("button", name="Reserve").wait_for()

        path = f"/market/listings/{page.url.rpartition('/')[2]}"
        page.get_by_role("button", name="Change price").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Price").fill("12 000")
        saved = dealer.get(path).raise_for_status().json()  # somebody else of the company is faster
        entry = {"version": saved["version"], "listing": {**saved["listing"], "price": 13_000}}
        dealer.put(path, json=entry).raise_for_status()
        dialog.get_by_role("button", name="Set the price").click()
        dialog.get_by_text("Somebody else changed this listing meanwhile").wait_for()
        dialog.get_by_text("Now €13,000 is asked.").wait_for()
        dialog.get_by_role("button", name="Set the price").click()
        page.locator("main").get_by_text("€12,000", exact=True).first.wait_for()
    assert eventually(lambda: _cars_found(served, "golf") == {1}, 60)

    buyer, _ = visit("/market/search", role="buyer")
    buyer.get_by_label("What are you looking for?").fill("glof under 15k tow bar")
    buyer.get_by_text("(you wrote “glof”)").wait_for()
    buyer.wait_for_url(re.compile("q=glof"))
    buyer.get_by_role("button", name="Remove Equipment: Tow bar").click()
    buyer.wait_for_url(re.compile("model=Golf"))  # the other words are filters by now
    buyer.get_by_role("checkbox", name="Compare").check()
    buyer.get_by_role("link", name="Compare cars").click()
    buyer.get_by_role("columnheader", name="Volkswagen Golf").wait_for()
    buyer.get_by_role("cell", name="€12,000").wait_for()

    buyer.goto(f"{served.address}/app{path}")
    buyer.get_by_role("textbox", name="Message").fill("Is it still there?")
    buyer.get_by_role("button", name="Send").click()
    buyer.get_by_text("The car is available for €12,000").wait_for()  # nobody of the dealer is there
    seller, _ = visit("/market/conversations", role=None, storage_state=state)
    seller.get_by_role("link", name="Volkswagen Golf 2018").click()
    seller.get_by_role("log").get_by_text("Is it still there?").wait_for()
    seller.get_by_role("textbox", name="Message").fill("Yes, come by.")
    seller.get_by_role("button", name="Send").click()
    buyer.get_by_text("Yes, come by.").first.wait_for()  # without a reload
    buyer.get_by_text("Read", exact=True).first.wait_for()


def test_a_dealer_imports_a_table_corrects_how_it_is_read_and_looks_at_the_figures(
    visit: Visit, served: RunningPlatform, dealership: str
) -> None:
    car = {"Marke": "VW", "Modell": "Polo", "Baujahr": 2019, "Kilometerstand": 40_000, "Preis": 9_000}
    rows = [{**car, "Interne Nummer": f"P-{n}", "Preis": price} for n, price in enumerate((9_000, 9_500, ""))]
    with acting_for(served, DEALER, dealership) as dealer:
        page, _ = visit("/market/stock/import", role=None, storage_state=state_of(dealer))
        page.get_by_label("File", exact=True).set_input_files(csv_file("cars.csv", rows))
        page.get_by_role("button", name="Show what it would change").click()
        page.get_by_text("Needed, and in no column").wait_for()

        page.get_by_role("button", name="Say what they mean").click()
        assert page.get_by_label("Kilometerstand").input_value() == "distance", "suggested by its name"
        page.get_by_label("Currency").select_option("EUR")
        page.get_by_label("Odometer counts").select_option("km")
        page.get_by_role("button", name="Save as the next version").click()

        page.get_by_role("button", name="Show what it would change").click()
        page.get_by_text("1 of 3 rows was refused").wait_for()
        with page.expect_download() as kept:
            page.get_by_role("button", name="All refused rows as a file").click()
        assert "P-2" in kept.value.path().read_text()
        page.get_by_role("button", name="Take it as the stock").click()
        page.get_by_role("dialog").get_by_role("button", name="Take it as the stock").click()
        page.get_by_text("The stock is what the table says.").wait_for()

        page.get_by_role("link", name="Market figures").click()
        page.get_by_role("tab", name="Own stock").click()
        page.get_by_role("link", name="Volkswagen Polo").first.click()
        page.get_by_role("button", name="Change price").click()
        page.get_by_role("dialog").get_by_role("textbox", name="Price").fill("8 800")
        page.get_by_role("dialog").get_by_role("button", name="Set the price").click()
        page.locator("main").get_by_text("€8,800", exact=True).first.wait_for()


def test_a_moderator_upholds_the_report_of_a_buyer(
    visit: Visit, served: RunningPlatform, dealership: str
) -> None:
    listing = put_on_sale(served, dealership)
    buyer, _ = visit(f"/market/listings/{listing}", role="buyer")
    buyer.get_by_role("button", name="Report this listing").click()
    dialog = buyer.get_by_role("dialog")
    dialog.get_by_label("What is wrong").select_option("Fraud")
    dialog.get_by_label("In your words").fill("Asks for a deposit by wire.")
    dialog.get_by_role("button", name="Send the report").click()
    buyer.get_by_text("Thank you: a moderator will look at it.").wait_for()

    page, _ = visit("/market/moderation", role="moderator")
    page.get_by_role("row").filter(has_text="deposit by wire").get_by_role("button", name="Uphold").click()
    page.get_by_role("dialog").get_by_role("button", name="Uphold").click()
    page.get_by_text("No report is in this state.").wait_for()
    with served.client() as client:
        assert client.get(f"/market/listings/{listing}").status_code == httpx.codes.NOT_FOUND


@pytest.mark.skipif(not EVERY, reason="trains for a minute or two: `make pages` does")
def test_a_model_is_trained_from_its_page_and_its_version_is_compared(sign_in: SignIn) -> None:
    """Comes last: it leaves a third version. Analysts lack the right to train."""
    page = sign_in(f"/models/{MODEL}?tab=versions", "operator")
    page.route("**/trainings", lambda route: route.continue_(post_data=SMALL_RECIPE))
    page.get_by_role("button", name="Train a version").click()
    page.get_by_role("dialog").get_by_role("button", name="Train a version").click()
    outcome = page.get_by_role("status").filter(has_text=re.compile(r"Version 3 (is registered|has passed)"))
    outcome.wait_for(timeout=240_000)
    outcome.get_by_role("button", name="Compare with the champion").click()
    page.get_by_role("heading", name="Settings of the training and features").wait_for()


def _give_reason(page: Page, action: str, reason: str = "To see it done.") -> None:
    """Fill in and confirm the dialog of an action."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=action).click()


def _price(page: Page, *, other_than: str = "") -> str:
    """The price on the page once it is settled."""
    figure = page.locator("main p[aria-live=polite]").first
    figure.wait_for()
    if other_than:
        _expect(figure).not_to_have_text(other_than)
    return figure.inner_text()


def _expect(locator: Locator) -> Any:
    from playwright.sync_api import expect

    expect.set_options(timeout=90_000)
    return expect(locator)


def _cars_found(platform: RunningPlatform, text: str) -> set[int]:
    """How many cars a search finds, by whichever workers answer."""

    def total() -> int:
        with platform.client() as client:
            return int(client.get("/market/search", params={"q": text}).json().get("total", 0))

    return {total() for _ in range(6)}


def _versions_that_answer(platform: RunningPlatform) -> set[str]:
    def version() -> str:
        with platform.client() as client:  # a connection of its own: any of the workers may answer
            return str(client.post("/rental/price", json=dict(EXAMPLE)).json()["model"]["version"])

    return {version() for _ in range(6)}


def _sent(command: str, key: str) -> httpx.Response:
    """The answer to a curl command, sent as a shell and curl would."""
    _, url, *options = shlex.split(command.replace("\\\n", " ").replace("$DRIVETRAIN_API_KEY", key))
    values: dict[str, list[str]] = {"-X": ["GET"], "-H": [], "-d": [""]}
    for name, value in zip(options[::2], options[1::2], strict=True):
        values[name].append(value)
    headers = dict(header.split(": ", 1) for header in values["-H"])
    return httpx.request(
        values["-X"][-1], url, headers=headers, content=values["-d"][-1], timeout=60, verify=False
    )

"""The web app in a real browser: Debian's Chromium, driven by Playwright, with every complaint of the browser kept.

Playwright's own loop occupies its thread, so a browser lives for one module of tests and no longer.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivetrain.bootstrap.web_build import BUNDLE, clone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request
    from tests.support.platform import RunningPlatform

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here; on Debian: apt-get install chromium"
)
needs_web_app = pytest.mark.skipif(
    not (BUNDLE / "index.html").is_file(), reason="the web app is not built here; `make web` builds it"
)
"""For tests of the app itself: without a build a page stands in for it."""

PATIENCE_MS = 180_000
"""For whatever a test waits for: much longer than a busy machine takes, and nobody waits for it where all is well."""

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
PAPER = {"width": 703, "height": 1032}
"""A4 with margins of 12 mm, in pixels of CSS."""

VIEWS: Mapping[str, Mapping[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "has_touch": True},
    "arabic": {"locale": "ar"},
    "german": {"locale": "de-DE"},
}
"""Screens and languages in which every page must be whole: options of a context."""

ROUTER = "document.querySelector('#app').__vue_app__.config.globalProperties.$router"
"""The router of the open app, for scripts of tests."""

_QUIET_LOOKS = 3
_IS_BUSY = """(staysDimmed) => new Promise((resolve) => {
  const look = () => {
    const queries = document.querySelector("#app").__vue_app__?._context.provides.VUE_QUERY_CLIENT;
    const asks = !queries || queries.isFetching() + queries.isMutating() > 0;
    resolve(asks || (!staysDimmed && document.querySelector("main [aria-busy=true]") !== null));
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
})"""
"""Whether the page asks for something or says that it waits, two frames from now."""
_DEBOUNCED_MS = 400
"""Longer than any field waits for the next key before the app asks the API or writes the address."""
_LOOK_FOR_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
_SERIOUS = ("serious", "critical")
_FAILED_REQUEST = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_AXE = """
axe.run(%s, %s)
  .then(({violations}) => JSON.stringify(violations.map(({id, impact, nodes}) =>
    ({id, impact, where: nodes.map(({target}) => target.join(" "))}))))
"""


@dataclass(slots=True)
class Complaints:
    """What the browser complained about in one context: violated policies, errors in the console, uncaught exceptions.

    Attributes:
        pending: requests that have not ended, without streams of events, which do not end.
        expected_statuses: of answers that a test provokes; the browser writes a line about each.
    """

    lines: list[str] = field(default_factory=list)
    pending: set[Request] = field(default_factory=set)
    expected_statuses: set[int] = field(default_factory=set)

    def unexpected(self) -> list[str]:
        """The lines without those about answers that were provoked."""
        return [line for line in self.lines if not self._is_expected(line)]

    def _is_expected(self, line: str) -> bool:
        failed = _FAILED_REQUEST.search(line)
        return failed is not None and int(failed[1]) in self.expected_statuses


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """A browser without a window, for as long as the block runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_context(browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, Complaints]]:
    """A fresh profile, and what the browser complains about in it.

    Args:
        options: of the context, for example ``color_scheme="dark"`` or ``storage_state``.
    """
    options.setdefault("viewport", DESKTOP)
    options.setdefault("locale", "en-US")
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    complaints = Complaints()
    context.on("request", lambda request: complaints.pending.add(request) if not is_stream(request) else None)
    for end in ("requestfinished", "requestfailed"):
        context.on(end, lambda request: complaints.pending.discard(request))
    context.add_init_script(_LOOK_FOR_VIOLATIONS)
    context.on(
        "console",
        lambda message: (
            complaints.lines.append(f"{message.text} ({message.location.get('url', '')})")
            if message.type == "error"
            else None
        ),
    )
    context.on("weberror", lambda error: complaints.lines.append(f"uncaught: {error.error}"))
    try:
        yield context, complaints
    finally:
        context.close()


def printed_link(platform: RunningPlatform) -> str:
    """The address that `up` printed for the first administrator."""
    found = re.search(r"Sign in as .*: (http\S+#\S+)", platform.told())
    assert found, platform.told()
    return found[1]


def sign_in_by_link(page: Page, link: str) -> None:
    """Open a link of the platform; its page says when somebody is signed in."""
    page.goto(link)
    page.get_by_text("Signed in as").wait_for()


def settle(page: Page, complaints: Complaints, *, stays_dimmed: bool = False) -> None:
    """Wait until the page has its heading, no request is on its way, and nothing on it says that it waits.

    Args:
        stays_dimmed: it may say so for good, as answers do beside wrong entries.
    """
    page.locator("main h1").first.wait_for()
    quiet = 0
    give_up_at = time.monotonic() + PATIENCE_MS / 1000
    while quiet < _QUIET_LOOKS:
        is_busy = page.evaluate(_IS_BUSY, stays_dimmed)
        quiet = 0 if is_busy or complaints.pending else quiet + 1
        assert time.monotonic() < give_up_at, [request.url for request in complaints.pending]


def stop_typing(page: Page) -> None:
    """Let the moments pass that fields wait for the next key. The clock of the page must be installed."""
    page.clock.fast_forward(_DEBOUNCED_MS)


def axe_findings(page: Page, rules: Sequence[str] = (), within: str = "") -> list[str]:
    """What axe-core has to say against the page as it is now, by all its rules unless some are named.

    The popper layer of the component library lies outside the landmarks, and is left out.

    Args:
        within: the part of the page to look at; all of it unless given.
    """
    session = page.context.new_cdp_session(page)
    if not _evaluate(session, "'axe' in window"):
        _evaluate(session, axe_script().read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    context = {
        "exclude": [["[data-reka-popper-content-wrapper]"]],
        **({"include": [[within]]} if within else {}),
    }
    found = json.loads(_evaluate(session, _AXE % (json.dumps(context), json.dumps(options))))
    session.detach()
    return [
        f"{each['id']} at {where}" for each in found if each["impact"] in _SERIOUS for where in each["where"]
    ]


def axe_script() -> Path:
    """The script of axe-core, among the packages of the web app.

    Skips the test where they are not installed.
    """
    folder = clone()
    script = folder and folder / ".builder" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not script or not script.is_file():
        pytest.skip("axe-core is not installed here; `make web` installs the packages of the web app")
    return script


def all_routes(page: Page) -> list[str]:
    """The paths of all pages that the router of the open app knows, without the page for unknown ones."""
    found: list[str] = page.evaluate(f"{ROUTER}.getRoutes().map(({{path}}) => path)")
    return sorted({path for path in found if "*" not in path})


def is_stream(request: Request) -> bool:
    """Whether the app asks for the stream of events, which does not end."""
    return "text/event-stream" in request.headers.get("accept", "")


def _evaluate(session: Any, expression: str) -> Any:
    """Run a script as the developer tools do: the policy of the page does not apply."""
    done = session.send(
        "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
    )
    assert "exceptionDetails" not in done, done["exceptionDetails"]
    return done["result"].get("value")

"""A browser, a platform, and somebody who is signed in, for the tests of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.browser import Complaints, launched_browser, printed_link, sign_in_by_link, watched_context
from tests.support.platform import RunningPlatform, copy_home, home_folder, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "kettle sofa ninety rivers"
Visit = Callable[..., "tuple[Page, Complaints]"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(prepared_home: Path) -> Iterator[RunningPlatform]:
    """A platform whose printed link nobody has used."""
    with home_folder() as folder:
        copy_home(prepared_home, folder / "home")
        with running(folder / "home") as platform:
            yield platform


@pytest.fixture(scope="module")
def administrator(browser: Browser, served: RunningPlatform) -> dict[str, Any]:
    """What a browser keeps of somebody who signed in by the printed link and chose a password."""
    with watched_context(browser) as (context, complaints):
        page = context.new_page()
        sign_in_by_link(page, printed_link(served))
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("The password is set.").wait_for()
        assert complaints.unexpected() == []
        state: dict[str, Any] = dict(context.storage_state())
    return state


@pytest.fixture
def visit(browser: Browser, served: RunningPlatform, administrator: dict[str, Any]) -> Iterator[Visit]:
    """Opens pages of the app as the administrator, each in a profile of its own.

    At the end no browser may have complained, but about statuses that the test expects.
    """
    with ExitStack() as stack:
        watched: list[Complaints] = []

        def open_page(path: str, **options: Any) -> tuple[Page, Complaints]:
            options.setdefault("storage_state", administrator)
            context, complaints = stack.enter_context(watched_context(browser, **options))
            watched.append(complaints)
            page = context.new_page()
            page.goto(f"{served.address}/app{path}")
            return page, complaints

        yield open_page
        assert [line for complaints in watched for line in complaints.unexpected()] == []

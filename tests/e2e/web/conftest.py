"""A browser, a platform, and people of the roles who are signed in, for the tests of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.browser import Complaints, launched_browser, watched_context
from tests.support.platform import SET_UP_WITHIN_S, RunningPlatform, copy_home, home_folder, running
from tests.support.web_accounts import Accounts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
        with running(folder / "home", within_s=SET_UP_WITHIN_S, ACCOUNTS_LIMITS="false") as platform:
            yield platform


@pytest.fixture(scope="module")
def accounts(served: RunningPlatform) -> Accounts:
    """People of the platform, made when first asked for."""
    return Accounts(served)


@pytest.fixture
def visit(browser: Browser, served: RunningPlatform, accounts: Accounts) -> Iterator[Visit]:
    """Opens pages of the app as somebody of a role (administrator unless told), each in a profile of its own.

    At the end no browser may have complained, but about statuses that the test expects.
    """
    with ExitStack() as stack:
        watched: list[Complaints] = []

        def open_page(
            path: str, role: str | None = "admin", expects: tuple[int, ...] = (), **options: Any
        ) -> tuple[Page, Complaints]:
            if role is not None:
                options["storage_state"] = accounts.signed_in(role)
            context, complaints = stack.enter_context(watched_context(browser, **options))
            complaints.expected_statuses.update(expects)
            watched.append(complaints)
            page = context.new_page()
            page.goto(f"{served.address}/app{path}")
            return page, complaints

        yield open_page
        assert [line for complaints in watched for line in complaints.unexpected()] == []

"""The page that links lead to, in a real browser: it signs in, keeps its cookie over http, and breaks no rule of its own."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine
from tests.support.accounts_app import AccountsApp
from tests.support.browser import BROWSER, needs_browser

from drivetrain.accounts.people.adapters.stores import PostgresTokens
from drivetrain.accounts.people.application.accounts import new_token
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.time import SystemClock


@pytest.fixture
def accounts(engine: Engine, tmp_path: Path) -> AccountsApp:
    return AccountsApp(engine, tmp_path, SystemClock())  # type: ignore[arg-type]


@contextmanager
def served(accounts: AccountsApp) -> Iterator[str]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(accounts.edge, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


def shown(address: str, profile: Path) -> tuple[str, list[str]]:
    """The page once its script has run, and what the browser complained about."""
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
        *("--virtual-time-budget=15000", f"--user-data-dir={profile}", "--dump-dom", address),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def sign_in_link(accounts: AccountsApp, *, has_password: bool, roles: tuple[str, ...] = ()) -> str:
    """The secret part of a link for somebody."""
    person = accounts.person(has_password=has_password, roles=roles)
    token = new_token(Purpose.SIGN_IN, person, accounts.clock.now())
    with transaction(accounts.engine) as connection:
        PostgresTokens(connection).add(token)
    return token.text(accounts.token_key)


@needs_browser
@pytest.mark.slow
def test_a_link_signs_in_and_the_cookie_comes_back_over_http(accounts: AccountsApp, tmp_path: Path) -> None:
    link = sign_in_link(accounts, has_password=False)
    with served(accounts) as host:
        page, complaints = shown(f"http://{host}/sign-in#{link}", tmp_path / "profile")
    assert "Signed in as ada@example.org. Choose a password." in page
    assert complaints == []
    assert link not in page


@needs_browser
@pytest.mark.slow
def test_whoever_needs_a_second_factor_is_led_to_it(engine: Engine, tmp_path: Path) -> None:
    accounts = AccountsApp(engine, tmp_path, SystemClock(), second_factor="admin")  # type: ignore[arg-type]
    link = sign_in_link(accounts, has_password=True, roles=("admin",))
    with served(accounts) as host:
        page, complaints = shown(f"http://{host}/sign-in#{link}", tmp_path / "profile")
    assert "Your role needs a second factor. Give your password, to set one up." in page
    assert '<label id="password">' in page
    assert complaints == []


@needs_browser
@pytest.mark.slow
def test_a_link_that_is_not_good_is_explained(accounts: AccountsApp, tmp_path: Path) -> None:
    with served(accounts) as host:
        page, _ = shown(f"http://{host}/sign-in#{'A' * 64}", tmp_path / "profile")
    assert "This link is not valid any more" in page


async def test_nothing_runs_but_the_script_of_the_page(accounts: AccountsApp) -> None:
    async with accounts.browser() as client:
        for name in ("sign-in", "sign-up", "welcome", "new-password"):
            answer = await client.get(f"/{name}")
            assert answer.status_code == 200
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"

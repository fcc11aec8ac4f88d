"""Signing in at a provider in a real browser: from the button to the provider and back, and without having begun."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine
from tests.support.accounts_app import AccountsApp
from tests.support.browser import launched_browser, needs_browser, watched_context
from tests.support.oidc_server import CLIENT_ID, SECRET, oidc_server

from drivetrain.core.time import SystemClock


@pytest.fixture
def address(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A worker that a provider is set up for, on a socket."""
    with closing(socket.socket()) as listener, oidc_server(int(time.time())) as provider:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        provider.person = {"email": "ada@example.org", "email_verified": True}
        accounts = AccountsApp(
            engine,
            tmp_path,
            SystemClock(),  # type: ignore[arg-type]
            public_url=address,
            issuer=provider.issuer,
            client_id=CLIENT_ID,
            client_secret=SECRET,
            label="Example login",
            domains="example.org",
            sign_up=True,
        )
        server = uvicorn.Server(uvicorn.Config(accounts.edge, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield address
        server.should_exit = True
        thread.join(timeout=10)


@needs_browser
@pytest.mark.slow
def test_the_button_leads_to_the_provider_and_back_into_a_session(address: str) -> None:
    with launched_browser() as browser, watched_context(browser) as (context, complaints):
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.get_by_role("button", name="Example login").click()
        page.get_by_text("Signed in as ada@example.org.").wait_for()
        assert page.url == f"{address}/provider-sign-in"  # neither code nor state stays in the address
        assert complaints.unexpected() == []

        stranger = browser.new_context()
        page = stranger.new_page()
        page.goto(f"{address}/provider-sign-in?code=x&state=y")  # a link that somebody sends
        page.get_by_text("This sign-in was not begun in this browser").wait_for()
        assert stranger.cookies() == []
        stranger.close()

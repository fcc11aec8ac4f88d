"""The pages about the API in a real browser: they show the operations, and the console stays silent."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
import uvicorn
from tests.support.browser import BROWSER, needs_browser
from tests.support.documents import application

from drivetrain.adapters.http.documentation import PACKAGE

pytestmark = [
    needs_browser,
    pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application without its database; the pages need none."""
    app = application(tmp_path_factory.mktemp("home"))
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.mark.parametrize(("page", "shown"), [("docs", "/rental/price"), ("redoc", "Suggest rental price")])
def test_the_operations_are_shown_and_nothing_is_complained_about(
    address: str, tmp_path: Path, page: str, shown: str
) -> None:
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=20000",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        f"{address}/{page}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert shown in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []

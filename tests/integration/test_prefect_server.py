"""`drivetrain prefect`: a real server with its pages, behind the password that it prints, ended by Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from tests.support.platform import drivetrain, eventually, free_port, is_alive

from drivetrain.adapters.prefect.server import USER, is_up

pytest.importorskip("prefect", reason="needs Prefect: pip install 'drivetrain[prefect]'")

pytestmark = pytest.mark.slow


def version(address: str, auth: tuple[str, str] | None) -> int:
    """The status of a request for something behind the password."""
    return httpx.get(f"{address}/api/admin/version", auth=auth, timeout=10).status_code


@pytest.mark.timeout(200)  # the server starts in 10 s on a quiet machine, in a minute on a busy one
def test_it_answers_to_its_password_comes_back_when_killed_and_leaves_nothing(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIVETRAIN_HOME", str(empty_home))
    port = free_port()
    command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "prefect", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        (password,) = re.findall(r"drivetrain:(\w+)$", lines[1])
        address = f"http://127.0.0.1:{port}"
        assert lines[0].startswith(f"Prefect: {address} ")
        assert f"PREFECT_API_AUTH_STRING=drivetrain:{password} " in lines[2]
        assert eventually(lambda: is_up(address), 90, every_s=0.2)
        assert [version(address, auth) for auth in (None, (USER, "another"), (USER, password))] == [
            401,
            401,
            200,
        ]
        assert "<html" in httpx.get(address, timeout=10, follow_redirects=True).text
        (server,) = psutil.Process(process.pid).children()
        in_use = drivetrain(empty_home, "prefect", "--port", str(port))
        assert in_use.code == 1 and str(port) in in_use.err
        server.kill()
        assert eventually(lambda: not is_alive(server), 10)
        assert eventually(lambda: is_up(address), 90, every_s=0.2)
        assert version(address, (USER, password)) == 200  # the password stays
        (again,) = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert not is_alive(again)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)

"""`drivetrain mlflow`: MLflow's own pages on the models of a home, behind the password that it prints, ended by Ctrl-C."""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.support.platform import MODEL, drivetrain, eventually, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("flask") is None,
        reason="needs MLflow's pages: pip install 'drivetrain[mlflow]'",
    ),
]


def status(address: str, auth: tuple[str, str] | None = None) -> int:
    """Of the first page; 0 where nobody answers."""
    try:
        return httpx.get(address, auth=auth, timeout=10).status_code
    except httpx.HTTPError:
        return 0


@pytest.mark.timeout(600)  # the home is made by whichever test comes first
def test_the_pages_show_the_models_of_the_home_to_whoever_has_the_password(
    new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, port = new_home(), free_port()
    monkeypatch.setenv("DRIVETRAIN_HOME", str(home))
    command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "mlflow", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{port}"
        assert process.stdout.readline().startswith(f"MLflow: {address} ")
        (user, password) = re.findall(r"user (\w+) and the password (\w+)$", process.stdout.readline())[0]
        assert (home / "secrets" / "mlflow.key").stat().st_mode & 0o777 == 0o600
        assert eventually(lambda: status(address) == 401, 90, every_s=0.2)
        assert status(address, (user, "another")) == 401
        with httpx.Client(base_url=address, auth=(user, password), timeout=30) as client:
            assert "<html" in client.get("/").raise_for_status().text
            models = client.get("/ajax-api/2.0/mlflow/registered-models/search").raise_for_status().json()
            assert MODEL in [model["name"] for model in models["registered_models"]]
            graph = {"query": 'query { test(inputString: "works") { output } }'}
            assert client.post("/graphql", json=graph).raise_for_status().json()["data"]
        in_use = drivetrain(home, "mlflow", "--port", str(port))
        assert in_use.code == 1 and str(port) in in_use.err
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert not (home / "postgres" / "data" / "postmaster.pid").exists()  # the database was its own
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)

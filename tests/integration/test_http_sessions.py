"""Sessions on the running platform: known at once in every worker, and refused by all within a second of their end."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest
from tests.support.accounts_app import PASSWORD, keep_cookies, secret_of
from tests.support.platform import EXAMPLE, RunningPlatform, eventually

pytestmark = pytest.mark.usefixtures("unharmed")

CONNECTIONS = 16
"""Enough that both workers hold some: one of them alone takes all with a chance of one in thirty thousand."""


def signed_in(platform: RunningPlatform) -> tuple[str, httpx.Response]:
    """A new analyst, and the answer that began their session."""
    email = f"{uuid4().hex}@example.org"
    with platform.client() as admin:
        made = admin.post("/people", json={"email": email, "name": "Ada", "roles": ["analyst"]})
        assert made.status_code == 201, made.text
    with platform.client(None) as client:
        chosen = {"link": secret_of(made.json()["link"]), "password": PASSWORD}
        assert client.post("/welcomes", json=chosen).status_code == 200
        answer = client.post("/sessions", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
    return email, answer


def test_a_session_works_at_once_in_every_worker_and_an_ended_one_is_refused_within_a_second(
    platform: RunningPlatform,
) -> None:
    """Each connection stays with the worker that accepted it."""
    _, answer = signed_in(platform)
    with ExitStack() as stack:
        clients = [stack.enter_context(platform.client(None)) for _ in range(CONNECTIONS)]
        for client in clients:
            keep_cookies(client, answer)
            own_page = {"Origin": str(client.base_url).rstrip("/"), "X-Drivetrain-Client": "tests/1"}
            client.headers.update(own_page)
            assert client.post("/rental/price?explain=false", json=dict(EXAMPLE)).status_code == 200
        assert clients[0].delete("/sessions").json() == {"ended": 1}
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            assert all(threads.map(_is_refused_within_a_second, clients))
        assert {client.get("/people/me").json()["code"] for client in clients} == {"auth.session_ended"}


def _is_refused_within_a_second(client: httpx.Client) -> bool:
    return eventually(lambda: client.get("/people/me").status_code == 401, 1.0)


def test_whoever_is_deactivated_by_command_is_out_within_a_second(platform: RunningPlatform) -> None:
    email, answer = signed_in(platform)
    with platform.client(None) as client:
        keep_cookies(client, answer)
        assert client.get("/people/me").json()["email"] == email
        command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "people", "deactivate", email]
        subprocess.run(command, env={**os.environ, **platform.environment}, check=True, timeout=100)
        assert eventually(lambda: client.get("/people/me").status_code == 401, 1.0)


def test_the_ledger_names_a_person_by_id(platform: RunningPlatform) -> None:
    email, answer = signed_in(platform)
    person = answer.json()["person"]["person_id"]
    with platform.client(None) as client, platform.client() as admin:
        keep_cookies(client, answer)
        own_page = {"Origin": str(client.base_url).rstrip("/"), "X-Drivetrain-Client": "tests/1"}
        priced = client.post("/rental/price?explain=false", json=dict(EXAMPLE), headers=own_page)
        decision = admin.get(f"/decisions/{priced.json()['decision_id']}").json()
    assert decision["caller"] == f"person:{person}"
    assert email not in str(decision)

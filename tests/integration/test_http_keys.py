"""API keys over HTTP on the running platform: made, used, listed, revoked in every worker within a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import httpx
import psycopg
import pytest
from tests.support.platform import EXAMPLE, RunningPlatform, eventually

pytestmark = pytest.mark.usefixtures("unharmed")

CONNECTIONS = 16
"""Enough that both workers hold some: one of them alone takes all with a chance of one in thirty thousand."""


@pytest.fixture
def admin(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def new_key(client: httpx.Client, *grants: str, days: int | None = None) -> dict[str, object]:
    made = client.post("/keys", json={"name": f"a test {uuid4()}", "grants": list(grants), "days": days})
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_a_key_works_at_once_in_every_worker_and_a_revoked_one_is_refused_within_a_second(
    platform: RunningPlatform, admin: httpx.Client
) -> None:
    """Its token too. Each connection stays with the worker that accepted it."""
    made = new_key(admin, "client")
    with ExitStack() as stack:
        clients = [stack.enter_context(platform.client(str(made["api_key"]))) for _ in range(CONNECTIONS)]
        for client in clients:
            assert client.post("/rental/price?explain=false", json=dict(EXAMPLE)).status_code == 200
        token = clients[0].post("/token", json={"api_key": made["api_key"]}).json()["access_token"]
        admin.delete(f"/keys/{made['key_id']}").raise_for_status()
        revoked_at = time.monotonic()
        refused_after_s = []
        for client in clients:
            assert eventually(lambda client=client: client.get("/validate-token").status_code == 401, 5)
            refused_after_s.append(time.monotonic() - revoked_at)
        assert max(refused_after_s) <= 1.0, refused_after_s
        assert {client.get("/validate-token").json()["code"] for client in clients} == {"auth.key_ended"}
        with platform.client(None) as client:
            answer = client.get("/validate-token", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.key_ended")
    listed = {key["key_id"]: key for key in admin.get("/keys").json()["items"]}
    assert listed[made["key_id"]]["revoked_at"] is not None


def test_an_expired_key_is_refused_without_anybody_revoking_it(
    platform: RunningPlatform, admin: httpx.Client
) -> None:
    made = new_key(admin, "viewer", days=1)
    with platform.client(str(made["api_key"])) as client:
        assert client.get("/validate-token").json()["expires_at"] == made["expires_at"]
        with psycopg.connect(platform.database_url) as connection:
            connection.execute(
                "UPDATE drivetrain.api_keys SET expires_at = now() - interval '1 second' WHERE key_id = %s",
                (made["key_id"],),
            )
        assert eventually(lambda: client.get("/validate-token").status_code == 401, 2)
        assert client.get("/models").json()["code"] == "auth.key_ended"


def test_no_key_makes_one_that_may_more_than_itself(platform: RunningPlatform, admin: httpx.Client) -> None:
    """One that may only administer keys would else be an admin in two steps."""
    clerk = new_key(admin, "users:admin", "viewer")
    with platform.client(str(clerk["api_key"])) as client:
        for grants in (["admin"], ["client"], ["viewer", "predict"], ["models:promote"]):
            refused = client.post("/keys", json={"name": f"a test {uuid4()}", "grants": grants})
            assert (refused.status_code, refused.json()["code"]) == (403, "keys.beyond_own_scopes"), grants
        assert new_key(client, "viewer")["scopes"] == ["metrics:read", "models:read"]
        assert new_key(client, "users:admin")["created_by"] == clerk["name"]
    with platform.client(str(new_key(admin, "operator")["api_key"])) as client:
        assert client.post("/keys", json={"name": "mine", "grants": ["viewer"]}).status_code == 403
        assert client.get("/keys").status_code == 403
        assert client.delete(f"/keys/{clerk['key_id']}").status_code == 403


def test_what_is_not_there_cannot_be_revoked_and_what_is_unknown_opens_nothing(
    platform: RunningPlatform, admin: httpx.Client
) -> None:
    missing = admin.delete("/keys/nonsense")
    assert (missing.status_code, missing.json()["code"]) == (404, "keys.not_found")
    made = new_key(admin, "viewer")
    text = str(made["api_key"])
    for wrong, code in (
        (text[:-1] + ("0" if text[-1] != "0" else "1"), "auth.key_malformed"),
        ("dt_", "auth.key_malformed"),
    ):
        with platform.client(wrong) as client:
            assert client.get("/validate-token").json()["code"] == code
    # as if it had been made by another installation
    with psycopg.connect(platform.database_url) as connection:
        connection.execute("DELETE FROM drivetrain.api_keys WHERE key_id = %s", (made["key_id"],))
    with platform.client(text) as client:
        assert eventually(lambda: client.get("/validate-token").json().get("code") == "auth.key_unknown", 2)

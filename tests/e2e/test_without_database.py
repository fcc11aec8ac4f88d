"""A database server of one's own is away when the platform starts: predictions go on, everything else says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.support.platform import EXAMPLE, MODEL, drivetrain, eventually, free_port, running

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow


def _version_that_answers(client: httpx.Client) -> str:
    return str(client.post("/rental/price", json=dict(EXAMPLE)).json()["model"]["version"])


def test_a_start_without_the_database_serves_what_was_live_last(new_home: Callable[[], Path]) -> None:
    home = new_home()
    folder = home.with_name("db")
    (home / "postgres").rename(folder)
    server = EmbeddedPostgres(folder)
    url = server.start()
    try:
        with running(home, DATABASE_URL=url) as platform, platform.client() as client:
            client.post(
                f"/models/{MODEL}/promote", json={"version": "2", "reason": "before the loss"}
            ).raise_for_status()
            assert eventually(lambda: _version_that_answers(client) == "2", 20)
        server.stop()
        with running(home, DATABASE_URL=url) as platform, platform.client() as client:
            assert "The database is unavailable. The last live versions are served" in platform.said()
            told = client.post("/rental/price", json=dict(EXAMPLE))
            assert (told.status_code, told.json()["model"]["version"]) == (200, "2")
            assert platform.ask("/health/ready").status_code == 200
            health = platform.ask("/health").json()
            (database,) = [each for each in health["dependencies"] if each["name"] == "database"]
            assert (health["state"], database["state"]) == ("degraded", "degraded")
            assert "Decisions are kept on local disk" in database["why"]
            lines = ",".join(EXAMPLE) + "\n" + ",".join(str(value) for value in EXAMPLE.values())
            for refused in (
                client.post("/rental/prices", json=[dict(EXAMPLE)]),
                client.post("/rental/prices/file", content=lines, headers={"Content-Type": "text/csv"}),
                client.post(f"/models/{MODEL}/promote", json={"version": "1", "reason": "now"}),
                client.post(f"/models/{MODEL}/rollback", json={"reason": "now"}),
                client.post(f"/models/{MODEL}/load", json={"version": "1", "reason": "now"}),
                client.get("/models"),
                client.post("/keys", json={"name": "new", "grants": ["viewer"]}),
                client.post("/replays", json={"model": MODEL, "version": "1"}),
                client.get(f"/decisions/{told.json()['decision_id']}"),
            ):
                assert refused.status_code == 503, refused.text
                assert refused.json()["code"] in {
                    "database.unavailable",
                    "ledger.unavailable",
                    "ledger.catching_up",
                }
                assert int(refused.headers["retry-after"]) >= 1

            server.start()
            assert eventually(lambda: "The database is available again" in platform.said(), 20)
            assert eventually(
                lambda: all(platform.ask("/health").json()["state"] == "ok" for _ in range(6)), 20
            )
            assert eventually(
                lambda: client.get(f"/decisions/{told.json()['decision_id']}").status_code == 200, 20
            )
            assert client.post("/rental/prices", json=[dict(EXAMPLE)]).status_code == 200
            client.post(f"/models/{MODEL}/rollback", json={"reason": "after the loss"}).raise_for_status()
            assert client.post("/rental/price", json=dict(EXAMPLE)).json()["model"]["version"] == "1"
            assert not list((home / "spool").glob("*"))
            assert platform.failures() == []
    finally:
        server.stop()


def test_a_first_start_without_the_database_says_so_and_ends(new_home: Callable[[], Path]) -> None:
    """Nothing was served here before, so there is nothing to go on with."""
    home = new_home()
    for file in (home / "last-good").iterdir():
        file.unlink()
    said = drivetrain(
        home, "up", PORT=str(free_port()), DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"
    )
    assert said.code == 1 and "Traceback" not in said.err
    assert "database cannot be reached" in said.err

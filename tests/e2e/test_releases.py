"""Promotions and roll-backs under load: every worker follows within a second, and no request fails."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.load import Load, load_on
from tests.support.mutations import contents, replace_contents, spoiled
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, drivetrain, eventually, launch, running

pytestmark = pytest.mark.slow

SPOILED = 200

WITHIN_S = 1.0
"""Every worker serves a released version after this long."""


def test_promotion_and_roll_back_reach_every_worker_within_a_second_and_fail_no_request(
    new_home: Callable[[], Path],
) -> None:
    with running(new_home()) as platform, platform.client() as client:
        with load_on(platform, connections=4) as load:
            load.wait_for(more=100)
            assert price(client)["version"] == "1"

            promoted = client.post(
                f"/models/{MODEL}/promote", json={"version": "2", "reason": "better on May"}
            ).json()
            assert (promoted["version"], promoted["previous"], promoted["actor"]) == ("2", "1", "admin")
            assert_followed(platform, load, promoted)

            back = client.post(f"/models/{MODEL}/rollback", json={"reason": "complaints"}).json()
            assert (back["version"], back["previous"], back["action"]) == ("1", "2", "rollback")
            assert_followed(platform, load, back)

        assert set(load.statuses()) == {200} and load.broken == 0
        assert {reply.version for reply in load.replies} == {"1", "2"}
        again = client.post(f"/models/{MODEL}/rollback", json={"reason": "complaints"})
        assert (again.status_code, again.json()["code"]) == (409, "model.no_earlier_champion")
        history = client.get(f"/models/{MODEL}/history").json()["items"]
        assert [(line["action"], line["version"], line["reason"]) for line in history[:2]] == [
            ("rollback", "1", "complaints"),
            ("promote", "2", "better on May"),
        ]


def test_mlflow_shows_what_was_released_over_http(new_home: Callable[[], Path]) -> None:
    """A few seconds later, by a process of its own; `stop` lets it come to its end."""
    with running(new_home()) as platform, platform.client() as client:
        assert alias_in_mlflow(platform) == "1"
        assert (
            client.post(f"/models/{MODEL}/promote", json={"version": "2", "reason": "at once"}).status_code
            == 200
        )
        assert eventually(lambda: alias_in_mlflow(platform) == "2", 60, every_s=0.2)


def test_the_command_line_promotes_on_the_running_platform(new_home: Callable[[], Path]) -> None:
    with running(new_home()) as platform, platform.client() as client:
        before = price(client)
        said = drivetrain(platform.home, "models", "promote", MODEL, "2", "--reason", "by hand")
        assert said.code == 0 and "version 2 is live; before it was 1" in said.out
        assert eventually(lambda: price(client)["version"] == "2", WITHIN_S)
        assert price(client)["price"] != before["price"]
        assert (
            client.get(f"/models/{MODEL}/history").json()["items"][0]["actor"]
            == f"{getpass.getuser()} (command line)"
        )


def test_a_damaged_version_is_refused_and_the_old_one_goes_on(new_home: Callable[[], Path]) -> None:
    """One bit of one file is flipped while the platform runs.

    Neither route nor command gives the version an alias.
    """
    with running(new_home()) as platform, platform.client() as client:
        workers = platform.worker_pids()
        for file in ("point.txt", "manifest.json", "manifest.sig", "self_test.json"):
            flip_a_bit(platform.home, version="2", file=file)
            for action in ("promote", "load"):
                answer = client.post(
                    f"/models/{MODEL}/{action}", json={"version": "2", "reason": f"unaware of {file}"}
                )
                assert (answer.status_code, answer.json()["code"]) == (409, "model.artifact_refused"), file
            lines = client.get(f"/models/{MODEL}/history").json()["items"][:2]
            assert [(line["alias"], line["action"], line["version"], line["actor"]) for line in lines] == [
                ("challenger", "refuse", None, "admin"),
                ("champion", "refuse", "1", "admin"),
            ]
            assert all(line["reason"].startswith("Version 2 was refused: ") for line in lines)
            assert all(line["reason"].endswith(f"unaware of {file}") for line in lines)
            if file != "self_test.json":
                flip_a_bit(platform.home, version="2", file=file)  # and back
        said = drivetrain(platform.home, "models", "promote", MODEL, "2", "--reason", "unaware")
        assert (
            said.code == 1
            and "Version 2 of 'rental-price' failed verification, and nothing has changed" in said.err
        )
        assert {price(client)["version"] for _ in range(20)} == {"1"}
        assert health(client)["state"] == "ok"
        flip_a_bit(platform.home, version="2", file="self_test.json")
        client.post(
            f"/models/{MODEL}/promote", json={"version": "2", "reason": "restored"}
        ).raise_for_status()
        assert {price(client)["version"] for _ in range(20)} == {"2"}
        assert platform.worker_pids() == workers and platform.failures() == []


def test_spoiled_artifacts_are_refused_by_a_running_platform(new_home: Callable[[], Path]) -> None:
    """Bytes, sizes, names, missing and extra files, parts of another version: nothing is loaded, no worker ends.

    A thousand of them are spoiled in ``tests/unit/lifecycle/learning/test_artifacts.py``.
    """
    random = Random(20261120)
    with running(new_home()) as platform, platform.client() as client:
        workers, (one, two) = (
            platform.worker_pids(),
            (folder_of(platform.home, version) for version in ("1", "2")),
        )
        genuine, foreign = contents(two), contents(one)
        for _ in range(SPOILED):
            replace_contents(two, spoiled(random, genuine, foreign))
            answer = client.post(f"/models/{MODEL}/promote", json={"version": "2", "reason": "unaware"})
            assert (answer.status_code, answer.json()["code"]) == (409, "model.artifact_refused"), answer.text
        history = client.get(f"/models/{MODEL}/history").json()["items"]
        assert [line["action"] for line in history].count("refuse") == SPOILED
        assert {line["version"] for line in history} == {"1"}
        assert {price(client)["version"] for _ in range(20)} == {"1"}
        assert health(client)["state"] == "ok"
        assert platform.worker_pids() == workers and platform.failures() == []
        replace_contents(two, genuine)
        client.post(
            f"/models/{MODEL}/promote", json={"version": "2", "reason": "restored"}
        ).raise_for_status()
        assert {price(client)["version"] for _ in range(20)} == {"2"}


def test_a_version_that_is_damaged_after_its_promotion_is_bridged_by_the_last_good_one(
    new_home: Callable[[], Path],
) -> None:
    """Workers go on with what they have; processes that start later serve what was served last, and say so."""
    home = new_home()
    with running(home) as platform, platform.client() as client:
        flip_a_bit(home, version="2", file="point.txt")
        released_by_hand(platform, "2")  # nobody proved it: as if it had been damaged a moment later
        assert eventually(lambda: all("version 2 is not served" in why_not(client) for _ in range(10)), 5)
        assert health(client)["state"] == "degraded"
        assert client.get("/health/ready").status_code == 200
        assert {price(client)["version"] for _ in range(20)} == {"1"}
        assert platform.failures() == []
    with running(home) as platform, platform.client() as client:
        assert {price(client)["version"] for _ in range(20)} == {"1"}
        assert "version 1, which was served last, answers meanwhile" in why_not(client).lower()
        client.post(f"/models/{MODEL}/rollback", json={"reason": "damaged"}).raise_for_status()
        assert eventually(lambda: all(health(client)["state"] == "ok" for _ in range(10)), 5)
        assert platform.failures() == []


def test_a_platform_whose_only_version_is_damaged_says_so_and_is_not_ready(
    new_home: Callable[[], Path],
) -> None:
    """Nothing is trained in its place behind anybody's back; the old version serves again after a promotion."""
    home = new_home()
    flip_a_bit(home, version="1", file="point.txt")
    platform = launch(home)
    try:
        assert eventually(lambda: _answers(platform), 60)
        with platform.client() as client:

            def code() -> str:
                """Of a refused price: the platform itself starts first."""
                return str(client.post("/rental/price", json=dict(EXAMPLE)).json()["code"])

            assert eventually(lambda: code() == "model.not_ready", 60)
            answer = client.post("/rental/price", json=dict(EXAMPLE))
            assert (answer.status_code, answer.json()["code"]) == (503, "model.not_ready")
            assert int(answer.headers["retry-after"]) >= 1
            assert client.get("/health/ready").status_code == 503
            client.post(f"/models/{MODEL}/promote", json={"version": "2", "reason": "version 1 is damaged"})
            assert eventually(
                lambda: {platform.ask("/health/ready").status_code for _ in range(10)} == {200}, 5
            )
            assert {price(client)["version"] for _ in range(10)} == {"2"}
    finally:
        assert platform.stop() == 0


def assert_followed(platform: RunningPlatform, load: Load, release: dict[str, str]) -> None:
    """Both processes have swapped within the second, and nobody was answered by the former version after it."""
    released_at = datetime.fromisoformat(release["at"]).timestamp()

    def swaps() -> dict[str, float]:
        lines = [line for line in platform.log_lines() if line["event"] == "model swapped in"]
        at = {
            line["process"]: (line["version"], datetime.fromisoformat(line["timestamp"]).timestamp())
            for line in lines
        }
        return {
            process: when - released_at
            for process, (version, when) in at.items()
            if version == release["version"]
        }

    assert eventually(lambda: len(swaps()) == 2, 10)
    assert max(swaps().values()) <= WITHIN_S, swaps()
    load.wait_for(more=100)
    late = [
        reply
        for reply in load.replies
        if reply.sent_at > released_at + WITHIN_S and reply.version != release["version"]
    ]
    assert late == []


def price(client: httpx.Client) -> dict[str, object]:
    """Figure and version of the example's answer, over a new connection."""
    answer = httpx.post(
        f"{client.base_url}/rental/price", json=dict(EXAMPLE), headers=dict(client.headers), verify=False
    )
    assert answer.status_code == 200, answer.text
    return {"price": answer.json()["price_per_day"], "version": answer.json()["model"]["version"]}


def health(client: httpx.Client) -> dict[str, Any]:
    """What one worker says of itself, over a new connection."""
    return httpx.get(f"{client.base_url}/health", verify=False).json()


def why_not(client: httpx.Client) -> str:
    """Why one worker does not serve what is released; empty when it does."""
    return next(each["why"] for each in health(client)["dependencies"] if each["name"] == f"model {MODEL}")


def released_by_hand(platform: RunningPlatform, version: str) -> None:
    """A line of history written past the platform, as somebody in psql might."""
    with psycopg.connect(platform.database_url) as connection:
        connection.execute(
            "INSERT INTO drivetrain.model_releases (model, alias, version, previous, action, actor, reason, by_gate, at)"
            " VALUES (%s, 'champion', %s, '1', 'promote', 'somebody', 'by hand', false, now())",
            (MODEL, version),
        )


def flip_a_bit(home: Path, *, version: str, file: str) -> None:
    """Damage one file of a version in the middle."""
    damaged = folder_of(home, version) / file
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)


def folder_of(home: Path, version: str) -> Path:
    """Where the files of a version lie; versions are in the order of their cards' age."""
    cards = sorted((home / "artifacts" / MODEL).rglob("CARD.md"), key=lambda path: path.stat().st_mtime_ns)
    return cards[int(version) - 1].parent


def _answers(platform: RunningPlatform) -> bool:
    try:
        return platform.ask("/health/live").status_code == 200
    except httpx.HTTPError:
        return False


def alias_in_mlflow(platform: RunningPlatform) -> str:
    from mlflow import MlflowClient  # takes a second to import

    from drivetrain.adapters.mlflow.registry import tracking_uri

    uri = tracking_uri(platform.database_url)
    found = MlflowClient(tracking_uri=uri, registry_uri=uri).get_registered_model(MODEL).aliases
    return str(found.get("champion"))

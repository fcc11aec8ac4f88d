"""A challenger on the running platform: whom it answers, what is told of it, and how a bad one is taken out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.listings import LISTINGS
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, drivetrain, eventually, running

pytestmark = pytest.mark.slow

OUTCOME = "agreed_price_per_day_eur"


def test_a_canary_answers_the_same_callers_always_and_is_taken_out_when_its_range_misses(
    new_home: Callable[[], Path],
) -> None:
    """Half of the callers; named in their answers; ended by the platform itself, with its figures in the history."""
    with running(new_home()) as platform, platform.client() as client:
        assert client.get(f"/models/{MODEL}/comparison").json()["code"] == "model.no_trial"
        body = {"version": "2", "reason": "more rows", "share": 0.5}
        loaded = client.post(f"/models/{MODEL}/load", json=body).raise_for_status().json()
        assert (len(loaded["workers"]["serving"]), loaded["workers"]["behind"]) == (2, [])
        callers = {name: new_key(client, name) for name in (f"caller {number}" for number in range(8))}
        versions = {name: {version_for(platform, key) for _ in range(4)} for name, key in callers.items()}
        assert all(len(answered_by) == 1 for answered_by in versions.values()), versions
        tried = [name for name, answered_by in versions.items() if answered_by == {"2"}]
        assert 0 < len(tried) < len(callers)

        with platform.client(callers[tried[0]]) as canary:
            for number in range(50):  # as many as the rail waits for
                told = canary.post("/rental/price?explain=false", json=LISTINGS[number % 3]).json()
                assert told["model"]["version"] == "2"
                outcome = {"name": OUTCOME, "value": 3 * told["range"]["high"]}
                canary.post(f"/decisions/{told['decision_id']}/outcome", json=outcome).raise_for_status()
        assert eventually(lambda: newest(client)["actor"] == "guard rail", 15)
        line = newest(client)
        assert (line["alias"], line["action"], line["version"], line["previous"]) == (
            "challenger",
            "unload",
            None,
            "2",
        )
        assert (
            "Version 2 was taken out: its range held 0.0% of 50 outcomes, at least 80% are asked"
            in line["reason"]
        )
        assert eventually(lambda: {version_for(platform, callers[tried[0]]) for _ in range(10)} == {"1"}, 2)
        report = client.get(f"/models/{MODEL}/comparison").json()
        assert (
            report["ended"]["actor"] == "guard rail"
            and "has ended, by guard rail: Version 2 was" in report["summary"][0]
        )
        assert [rail["state"] for rail in report["guard_rails"]] == ["ok", "ok", "broken"]
        assert [each["actor"] for each in client.get(f"/models/{MODEL}/history").json()["items"]].count(
            "guard rail"
        ) == 1

        replayed = client.post("/replays", json={"model": MODEL}).raise_for_status().json()
        assert {group["version"] for group in replayed["by_version"]} == {"1", "2"}
        assert all(group["changed"] == group["failed"] == 0 for group in replayed["by_version"])
        assert replayed["identical"] == replayed["decisions"] == replayed["window"]["decisions"]
        assert platform.failures() == []


def test_a_shadow_answers_nobody_and_its_comparison_can_be_read(new_home: Callable[[], Path]) -> None:
    """Over HTTP and on the command line, in sentences with figures; then two people promote it."""
    with running(new_home(), PROMOTION_APPROVALS="2") as platform, platform.client() as client:
        said = drivetrain(
            platform.home, "models", "load", MODEL, "2", "--share", "0.3", "--reason", "just looking"
        )
        assert said.code == 0 and "answers 30% of the callers" in said.out
        body = {"version": "2", "reason": "nobody shall see it", "share": 0}
        assert (
            client.post(f"/models/{MODEL}/load", json=body).raise_for_status().json()["workers"]["behind"]
            == []
        )
        for number in range(80):
            row = {**LISTINGS[number % 3], "mileage": 1_000 * number}
            assert client.post("/rental/price?explain=false", json=row).json()["model"]["version"] == "1"

        def compared() -> dict[str, Any]:
            return dict(client.get(f"/models/{MODEL}/comparison").raise_for_status().json())

        assert eventually(lambda: compared()["decisions"] == 80, 10)
        report = compared()
        assert (report["champion"], report["challenger"], report["share"], report["failed"]) == (
            "1",
            "2",
            0.0,
            0,
        )
        assert 0 < report["moved_share"] <= 1 and report["largest"][0]["decision_id"]
        assert {(group["field"], group["value"]) for group in report["affected"]} >= {("caller", "admin")}
        assert [rail["state"] for rail in report["guard_rails"]] == ["ok", "ok", "waiting"]
        assert report["summary"][0] == "Version 2 is on trial beside version 1 and answers nobody (shadow)."
        shown = drivetrain(platform.home, "models", "comparison", MODEL)
        assert shown.code == 0
        for sentence in report["summary"][:2]:
            assert sentence in shown.out

        wish = {"version": "2", "reason": "seen enough"}
        first = client.post(f"/models/{MODEL}/promote", json=wish)
        assert (first.status_code, first.json()["state"], first.json()["approved_by"]) == (
            202,
            "waiting",
            ["admin"],
        )
        # the same person again is no second one
        assert client.post(f"/models/{MODEL}/promote", json=wish).status_code == 202
        assert version_for(platform, platform.admin_key) == "1"
        with platform.client(new_key(client, "ann", "operator")) as ann:
            done = ann.post(f"/models/{MODEL}/promote", json=wish)
        assert (done.status_code, done.json()["actor"], done.json()["workers"]["behind"]) == (
            200,
            "admin and ann",
            [],
        )
        assert {version_for(platform, platform.admin_key) for _ in range(10)} == {"2"}
        assert client.get(f"/models/{MODEL}").json()["challenger"] is None
        assert platform.failures() == []


def new_key(client: httpx.Client, name: str, role: str = "client") -> str:
    """A key over HTTP, known to every worker at its first use."""
    made = client.post("/keys", json={"name": name, "grants": [role]})
    assert made.status_code == 201, made.text
    return str(made.json()["api_key"])


def version_for(platform: RunningPlatform, key: str) -> str:
    """The version that answers this caller, over a new connection, which any worker may take."""
    with platform.client(key) as client:
        return str(
            client.post("/rental/price?explain=false", json=dict(EXAMPLE))
            .raise_for_status()
            .json()["model"]["version"]
        )


def newest(client: httpx.Client) -> dict[str, Any]:
    """The newest line of history."""
    return dict(client.get(f"/models/{MODEL}/history").json()["items"][0])

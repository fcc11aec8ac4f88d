"""Replays on the running platform: the same version gives the same bytes, whichever way the decisions were made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.support.listings import LISTINGS
from tests.support.platform import MODEL, RunningPlatform, drivetrain, eventually

pytestmark = pytest.mark.usefixtures("unharmed")

SINGLES, LISTED = 120, 300
"""Ten thousand of them are replayed by ``make bench``."""


@pytest.fixture(scope="module")
def since(platform: RunningPlatform) -> str:
    """Decisions of this module begin here: singles with and without reasons, a list, and a file."""
    start = datetime.now(UTC).isoformat()
    rows = [
        {**LISTINGS[number % 3], "mileage": 700 * number, "engine_power": 40 + number}
        for number in range(LISTED)
    ]
    with platform.client() as client:
        for number, row in enumerate(rows[:SINGLES]):
            client.post(
                f"/rental/price?explain={'true' if number % 4 == 0 else 'false'}", json=row
            ).raise_for_status()
        client.post("/rental/prices", json=rows).raise_for_status()
        lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
        file = client.post(
            "/rental/prices/file", content="\n".join(lines), headers={"Content-Type": "text/csv"}
        )
        assert file.raise_for_status().json()["counts"] == {"ok": LISTED, "failed": 0}
    return start


def replayed(client: httpx.Client, **wanted: Any) -> Any:
    return client.post("/replays", json={"model": MODEL, **wanted}).raise_for_status().json()


def test_the_same_version_gives_every_answer_again_byte_by_byte(
    platform: RunningPlatform, since: str
) -> None:
    with platform.client() as client:
        report = replayed(client, version="1", since=since)
    count = SINGLES + 2 * LISTED
    assert (report["decisions"], report["identical"], report["failed"]) == (count, count, 0)
    assert (report["answered_by"], report["window"]["decisions"]) == ({"1": count}, count)
    assert report["summary"] == [f"All {count} answers are identical, byte by byte."]
    said = drivetrain(platform.home, "replay", MODEL, "--version", "1", "--since", since)
    assert said.code == 0 and report["summary"][0] in said.out
    for_machines = drivetrain(
        platform.home, "replay", MODEL, "--version", "1", "--since", since, "--json"
    ).json()
    assert (for_machines["decisions"], for_machines["identical"]) == (count, count)


def test_without_a_version_each_decision_is_compared_with_the_version_that_made_it(
    platform: RunningPlatform, since: str
) -> None:
    """``tests/e2e/test_trials.py`` does the same with two versions in one window."""
    with platform.client() as client:
        report = replayed(client, since=since)
        with_second = replayed(client, version="2", since=since)
    count = SINGLES + 2 * LISTED
    assert (report["version"], report["decisions"], report["identical"]) == (None, count, count)
    counts = {"version": "1", "decisions": count, "identical": count, "changed": 0, "failed": 0}
    assert (report["by_version"], report["unavailable_versions"]) == ([counts], [])
    (made_by_first,) = with_second["by_version"]
    assert made_by_first["version"] == "1" and made_by_first["decisions"] == count
    assert made_by_first["changed"] == count - with_second["identical"] > 0
    printed = drivetrain(platform.home, "replay", MODEL, "--since", since)
    assert printed.code == 0 and report["summary"][0] in printed.out and "made by version" in printed.out


def test_another_version_tells_what_would_have_changed_and_for_whom_and_nobody_saw_it(
    platform: RunningPlatform, since: str
) -> None:
    with platform.client() as client:
        report = replayed(client, version="2", since=since)
        assert report["identical"] < report["decisions"] == SINGLES + 2 * LISTED
        worst = report["largest"][0]
        logged = client.get(f"/decisions/{worst['decision_id']}").json()
        assert (logged["answer"]["price_per_day"], logged["model"]["version"]) == (worst["from"], "1")
        assert {group["field"] for group in report["affected"]} > {"caller", "fuel"}
        newest = replayed(client, version="2", since=since, most=10)
        assert (newest["decisions"], newest["window"]["decisions"]) == (10, report["decisions"])


def test_a_preview_in_the_background_reports_the_same(platform: RunningPlatform, since: str) -> None:
    with platform.client() as client:
        until = datetime.now(UTC).isoformat()
        body = {"version": "2", "since": since, "until": until}
        task = client.post(f"/models/{MODEL}/previews", json=body).raise_for_status()
        assert task.status_code == 202

        def done() -> Any:
            record = client.get(task.headers["location"]).raise_for_status().json()
            return record if record["state"] not in {"queued", "running"} else None

        record = eventually(done, 120)
        assert record["state"] == "succeeded", record["error"]
        report = replayed(client, version="2", since=since, until=until)
    assert record["result"] == report
    bars = sum(bar["decisions"] for bar in report["histogram"])
    assert bars + report["unmoved"] == report["decisions"] and report["changed"] > 0


def test_the_reasons_of_a_logged_decision_are_those_that_were_given_with_it(
    platform: RunningPlatform, since: str
) -> None:
    with platform.client() as client:
        given = client.post("/rental/price", json=LISTINGS[0]).raise_for_status().json()
        path = f"/decisions/{given['decision_id']}/reasons"
        own, other = (
            client.get(path).raise_for_status().json(),
            client.get(path, params={"version": "2"}).json(),
        )
        (listed,) = client.post("/rental/prices", json=[LISTINGS[0]]).raise_for_status().json()["results"]
        of_list = client.get(f"/decisions/{listed['decision_id']}/reasons").raise_for_status().json()
    assert (own["model"], own["is_identical"]) == (given["model"], True)
    assert own["answer"]["price_per_day"] == given["price_per_day"]
    assert own["explanation"] == {name: given[name] for name in own["explanation"]}
    assert {"average_price_per_day", "reasons", "comparables"} == set(own["explanation"])
    assert (other["model"]["version"], other["is_identical"]) == ("2", False)
    effects = sum(reason["effect"] for reason in other["explanation"]["reasons"])
    average = other["explanation"]["average_price_per_day"]
    assert round(average + effects, 2) == other["answer"]["price_per_day"]
    assert (of_list["is_identical"], of_list["explanation"]) == (True, own["explanation"])


def test_a_version_that_does_not_exist_explains_nothing(platform: RunningPlatform, since: str) -> None:
    with platform.client() as client:
        decision = client.post("/rental/price", json=LISTINGS[0]).raise_for_status().json()["decision_id"]
        answer = client.get(f"/decisions/{decision}/reasons", params={"version": "99"})
    assert (answer.status_code, answer.json()["code"]) == (404, "model.version_not_found")


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"model": "nonsense", "version": "1"}, 404, "model.not_found"),
        ({"version": "99"}, 404, "model.version_not_found"),
        ({"model": "nonsense"}, 404, "model.not_found"),
        ({"version": "one"}, 422, None),
        ({"version": "1", "since": "yesterday"}, 422, None),
        (
            {"version": "1", "since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
            422,
            "replay.empty_window",
        ),
        ({"version": "1", "most": 0}, 422, None),
        ({"version": "1", "most": 1_000_000}, 422, None),
        ({"version": "1", "nonsense": 1}, 422, None),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(
    platform: RunningPlatform, wanted: dict[str, Any], status: int, code: str | None
) -> None:
    with platform.client() as client:
        answer = client.post("/replays", json={"model": MODEL, **wanted})
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code

"""The rental buffer over HTTP on the running platform: frontier, uploads, decisions, policy, checks, outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.bad_tables import PNG
from tests.support.buffer_fakes import HEADER
from tests.support.platform import RunningPlatform, drivetrain, eventually

from drivetrain.core.progress import SilentProgress
from drivetrain.rental.buffer.model.chains.synthetic import draw, write_synthetic

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.timeout(300)]

BUFFER = "/rental/buffer"
POLICY = {"connect_min": 30, "mobile_min": 60, "reason": "Late returns spoiled the summer."}
START = {
    "car_id": "359049",
    "checkin_type": "mobile",
    "previous_planned_end_at": "2026-05-01T10:00:00Z",
    "requested_start_at": "2026-05-01T10:30:00Z",
}


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


@pytest.fixture(scope="module")
def ready(platform: RunningPlatform) -> dict[str, Any]:
    """The frontier of the platform's own table, once its analysis is done."""

    def ask() -> httpx.Response | None:
        answer = client.get(f"{BUFFER}/frontier")
        assert answer.status_code in {200, 503}, answer.text
        if answer.status_code == 503:
            assert answer.json()["code"] == "rental.analysis_not_ready"
            assert int(answer.headers["retry-after"]) > 0
        return answer if answer.status_code == 200 else None

    with platform.client() as client:
        answer = eventually(ask, within_s=240, every_s=1.0)
    assert answer is not None
    return answer.json()


@pytest.fixture
def policy(client: httpx.Client, ready: dict[str, Any]) -> dict[str, Any]:
    """A policy in force in every worker."""
    saved = client.put(f"{BUFFER}/policy", json=POLICY)
    assert saved.status_code == 200, saved.text
    time.sleep(1.0)  # what the platform promises
    return saved.json()


def uploaded(client: httpx.Client, content: bytes, name: str = "rentals.csv") -> dict[str, Any]:
    """What became of an uploaded table."""

    def taken() -> httpx.Response | None:
        answer = client.post(f"{BUFFER}/analyses", files={"file": (name, content)})
        assert answer.status_code in {202, 429}, answer.text
        return answer if answer.status_code == 202 else None

    answer = eventually(taken, within_s=120, every_s=1.0)
    assert answer is not None
    place = answer.headers["location"]
    assert place == f"{BUFFER}/analyses/{answer.json()['analysis']}"

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(place).json()
        assert 0 <= found["progress"]["done"] <= found["progress"]["total"]
        return found if found["status"] in {"done", "failed"} else None

    found = eventually(ended, within_s=240, every_s=0.5)
    assert found is not None
    return found


def test_the_platforms_own_table_has_its_frontier_and_is_called_synthetic(
    ready: dict[str, Any], client: httpx.Client
) -> None:
    assert ready["scope"] == "all"
    assert [point["threshold_min"] for point in ready["points"]] == list(range(0, 721, 30))
    assert ready["table"]["is_synthetic"] is True
    assert ready["table"]["rows"] == 21_310
    connect, mobile = (
        client.get(f"{BUFFER}/frontier", params={"scope": s}).json()["points"] for s in ("connect", "mobile")
    )
    for whole, one, other in zip(ready["points"], connect, mobile, strict=True):
        assert whole["touched"] == one["touched"] + other["touched"]
        assert whole["avoided"] == one["avoided"] + other["avoided"]


def test_every_rental_of_the_table_is_in_one_group(client: httpx.Client, ready: dict[str, Any]) -> None:
    answer = client.get(f"{BUFFER}/groups")
    assert answer.status_code == 200, answer.text
    groups = answer.json()["groups"]
    assert sum(group["rentals"] for group in groups) == ready["rentals"]
    chained = [group for group in groups if group["gap"] is not None]
    assert sum(group["rentals"] for group in chained) == ready["chained"]
    assert sum(group["rentals"] for group in chained if group["previous"] == "unknown") == ready["unknown"]
    assert sum(group["rentals"] for group in chained if group["previous"] == "late") == ready["conflicts"]
    assert len(groups) <= 2 * 2 * 10 * (1 + 12 * 3)


def test_any_step_and_any_pair_are_answered_from_the_same_counts(
    ready: dict[str, Any], client: httpx.Client
) -> None:
    every_minute = client.get(f"{BUFFER}/frontier", params={"step_min": 1}).json()["points"]
    assert len(every_minute) == 721
    assert every_minute[60] == ready["points"][2]
    (pair,) = client.get(f"{BUFFER}/frontier", params={"connect_min": 60, "mobile_min": 60}).json()["points"]
    assert (pair["touched"], pair["avoided"]) == (
        ready["points"][2]["touched"],
        ready["points"][2]["avoided"],
    )


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"scope": "everything"}, 422, "input.invalid_parameter"),
        ({"step_min": 0}, 422, "input.invalid_parameter"),
        ({"step_min": "a lot"}, 422, "input.invalid_parameter"),
        ({"connect_min": 30}, 422, "input.contract"),
        ({"connect_min": 30, "mobile_min": 721}, 422, "input.invalid_parameter"),
        ({"analysis": "0198c0de-0000-7000-8000-000000000000"}, 404, "rental.analysis_not_found"),
        ({"analysis": "nobody"}, 404, "rental.analysis_not_found"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_problem(
    client: httpx.Client, query: dict[str, Any], status: int, code: str
) -> None:
    answer = client.get(f"{BUFFER}/frontier", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_uploaded_table_is_analyzed_kept_and_answers_questions(
    client: httpx.Client, tmp_path: Path
) -> None:
    write_synthetic(tmp_path / "own.csv", 3_000, 9, SilentProgress())
    found = uploaded(client, (tmp_path / "own.csv").read_bytes(), "own.csv")
    assert found["status"] == "done", found["error"]
    assert (found["source"], found["created_by"]) == ("own.csv", "admin")
    assert found["result"]["table"]["is_synthetic"] is True
    gaps = [gap for gap in draw(3_000, 9)["time_delta_with_previous_rental_in_minutes"] if gap is not None]
    at_60 = found["result"]["frontiers"]["all"][2]
    assert at_60["touched"] == sum(gap < 60 for gap in gaps)
    asked = client.get(f"{BUFFER}/frontier", params={"analysis": found["analysis"]}).json()
    assert asked["points"] == found["result"]["frontiers"]["all"]
    assert len(client.get(f"{BUFFER}/answers", params={"analysis": found["analysis"]}).json()["answers"]) == 5


def test_bad_rows_of_an_upload_are_set_aside_with_reasons(
    client: httpx.Client, platform: RunningPlatform, tmp_path: Path
) -> None:
    write_synthetic(tmp_path / "own.csv", 3_000, 9, SilentProgress())
    content = (
        tmp_path / "own.csv"
    ).read_bytes() + b"500,1,mobile,ended,a bit late,,\r\n501,1,paper,ended,5,,\r\n"
    table = uploaded(client, content)["result"]["table"]
    assert (table["rows"], table["used"], table["refused"]) == (3_002, 3_000, 2)
    assert table["reasons"] == {"rental.not_a_number": 1, "rental.unknown_checkin_type": 1}
    assert [(error["row"], error["column"]) for error in table["errors"]] == [
        (3_001, "delay_at_checkout_in_minutes"),
        (3_002, "checkin_type"),
    ]
    (kept,) = platform.home.glob(f"quarantine/rental-delays-{table['sha256'][:12]}.csv")
    assert "a bit late" in kept.read_text()
    assert list((platform.home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PNG, "input.not_a_table"),
        (b"a,b\n1,2\n", "input.contract"),
        (f"{HEADER}\n1,1,mobile,ended,5,,\n".encode(), "rental.no_chained_rentals"),
    ],
)
def test_an_upload_that_is_no_table_of_rentals_ends_with_its_reason(
    client: httpx.Client, content: bytes, code: str
) -> None:
    found = uploaded(client, content)
    assert found["status"] == "failed"
    assert (found["error"]["code"], found["error"]["is_final"], found["result"]) == (code, True, None)
    assert client.get(f"{BUFFER}/frontier", params={"analysis": found["analysis"]}).status_code == 409


def test_thresholds_are_found_for_inputs_and_break_even_without(
    ready: dict[str, Any], client: httpx.Client
) -> None:
    inputs = {
        "booking_value": 60,
        "conflict_cost": 250,
        "currency": "EUR",
        "shift_share": 0.4,
        "shift_up_to_min": 60,
    }
    decided = client.post(f"{BUFFER}/decide", json=inputs).json()
    best = max(decided["curve"], key=lambda point: point["gain"])
    assert decided["uniform"]["threshold_min"] == best["threshold_min"]
    assert decided["uniform"]["gain"] == pytest.approx(best["gain"])
    assert decided["pair"]["gain"] >= decided["uniform"]["gain"] - 1e-6
    plain = client.post(f"{BUFFER}/decide", json={}).json()
    assert "curve" not in plain
    assert plain["break_even"]["all"][2]["break_even"] == ready["points"][2]["break_even"]
    refused = client.post(f"{BUFFER}/decide", json={"booking_value": 60})
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/conflict_cost", "/currency"}


def test_a_policy_is_followed_by_every_worker_within_a_second(
    client: httpx.Client, policy: dict[str, Any], ready: dict[str, Any]
) -> None:
    assert policy["analysis"] == ready["analysis"]
    versions = set()
    for _ in range(20):
        with httpx.Client(base_url=client.base_url, headers=client.headers) as fresh:  # any worker
            versions.add(fresh.post(f"{BUFFER}/check", json=START).json()["policy"]["version"])
    assert versions == {str(policy["version"])}
    history = client.get(f"{BUFFER}/policy/history").json()["items"]
    assert [line["version"] for line in history] == list(range(policy["version"], 0, -1))
    assert client.get(f"{BUFFER}/policy").json() == history[0] == policy


def test_a_check_is_in_the_ledger_with_its_policy(client: httpx.Client, policy: dict[str, Any]) -> None:
    checked = client.post(f"{BUFFER}/check", json=START).json()
    assert (checked["verdict"], checked["earliest_start_at"]) == ("later", "2026-05-01T11:00:00.000000Z")
    logged = client.get(f"/decisions/{checked['decision_id']}").json()
    assert logged["product"] == "rental"
    assert logged["model"] == {"name": "rental-buffer-policy", "version": str(policy["version"])}
    assert logged["input"] == {
        **START,
        "previous_planned_end_at": "2026-05-01T10:00:00.000000Z",
        "requested_start_at": "2026-05-01T10:30:00.000000Z",
    }
    assert logged["features"] == [30.0, 60.0]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"requested_start_at": "2026-05-01T10:30:00"}, "/requested_start_at"),
        ({"previous_planned_end_at": "soon"}, "/previous_planned_end_at"),
        ({"checkin_type": "paper"}, "/checkin_type"),
        ({"car": "359049"}, "/car"),
        ({"car_id": 359049}, "/car_id"),
    ],
)
def test_a_check_is_read_strictly(client: httpx.Client, changed: dict[str, Any], pointer: str) -> None:
    answer = client.post(f"{BUFFER}/check", json={**START, **changed})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_the_outcome_of_a_policy_is_judged_by_other_rentals(
    client: httpx.Client, policy: dict[str, Any], tmp_path: Path
) -> None:
    write_synthetic(tmp_path / "newer.csv", 6_000, 77, SilentProgress())
    newer = uploaded(client, (tmp_path / "newer.csv").read_bytes(), "newer.csv")
    outcome = client.get(f"{BUFFER}/policy/outcome", params={"analysis": newer["analysis"]}).json()
    assert outcome["policy"]["version"] == policy["version"]
    assert outcome["verdict"] in {"as_promised", "better", "worse"}
    assert outcome["observed"]["chained"]["value"] == newer["result"]["summary"]["chained"]["value"]
    assert outcome["promised_by"]["analysis"] == policy["analysis"]
    same = client.get(f"{BUFFER}/policy/outcome", params={"analysis": policy["analysis"]})
    assert same.json()["code"] == "rental.outcome_of_the_same_table"
    nobody = client.get(f"{BUFFER}/policy/outcome", params={"analysis": newer["analysis"], "version": 99_999})
    assert nobody.status_code == 404


def test_a_client_may_check_but_not_set_the_policy(platform: RunningPlatform, policy: dict[str, Any]) -> None:
    said = drivetrain(
        platform.home,
        "keys",
        "create",
        "--name",
        f"buffer client {time.monotonic_ns()}",
        "--role",
        "client",
        "--json",
    )
    assert said.code == 0, said.err
    with platform.client(said.json()["api_key"]) as client:
        assert client.post(f"{BUFFER}/check", json=START).status_code == 200
        assert client.put(f"{BUFFER}/policy", json=POLICY).json()["code"] == "auth.scope_missing"
    with platform.client(None) as nobody:
        assert nobody.get(f"{BUFFER}/frontier").status_code == 401


def test_the_command_line_reads_and_sets_the_same_policy(
    platform: RunningPlatform, policy: dict[str, Any]
) -> None:
    saved = drivetrain(
        platform.home,
        "buffer",
        "policy",
        "--connect-min",
        "60",
        "--mobile-min",
        "60",
        "--reason",
        "by hand",
        "--json",
    )
    assert saved.code == 0, saved.err
    assert (saved.json()["version"], saved.json()["author"]) == (policy["version"] + 1, "command line")
    checked = drivetrain(
        platform.home, "buffer", "check", "--checkin-type", "connect", "--start", "2026-05-01T10:30:00Z",
        "--previous-end", "2026-05-01T10:00:00Z", "--json",
    )  # fmt: skip
    assert checked.json()["policy"]["version"] == str(policy["version"] + 1)
    naive = drivetrain(
        platform.home, "buffer", "check", "--checkin-type", "mobile", "--start", "2026-05-01T10:30:00"
    )
    assert naive.code == 2
    with platform.client() as client:
        assert client.get(f"/decisions/{checked.json()['decision_id']}").json()["caller"] == "command line"


def test_the_documentation_shows_every_route_with_an_example(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    mine = {path: methods for path, methods in paths.items() if path.startswith(BUFFER)}
    assert set(mine) == {
        f"{BUFFER}/{name}"
        for name in (
            "frontier",
            "groups",
            "analyses",
            "analyses/{analysis_id}",
            "decide",
            "answers",
            "policy",
            "policy/history",
            "policy/outcome",
            "check",
        )
    }
    for methods in mine.values():
        for route in methods.values():
            success = next(answer for status, answer in route["responses"].items() if status.startswith("2"))
            assert any({"example", "examples"} & set(part) for part in success["content"].values())

"""The command line as people and scripts use it: beside the running platform, and on a home of its own."""

from __future__ import annotations

import csv
import getpass
import json
from pathlib import Path

import pytest
from tests.support.bad_tables import GOOD_ROW, UPLOADS, row_with, table, xlsx
from tests.support.platform import EXAMPLE, MODEL, RunningPlatform, drivetrain

from drivetrain.rental.price.adapters.schemas import RENDERING


def test_commands_run_beside_the_platform_and_leave_it_running(platform: RunningPlatform) -> None:
    server = platform.postgres_pid()
    listed = drivetrain(platform.home, "models", "list", "--json")
    assert {"name": MODEL, "champion": "1"} in listed.json()
    shown = drivetrain(platform.home, "models", "show", MODEL)
    assert "SYNTHETIC" in shown.out.upper()
    history = drivetrain(platform.home, "models", "history", MODEL, "--json").json()
    assert [(line["version"], line["actor"]) for line in history] == [
        ("1", f"{getpass.getuser()} (command line)")
    ]
    assert platform.postgres_pid() == server
    with platform.client() as client:
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200


def test_doctor_finds_a_running_platform_well(platform: RunningPlatform) -> None:
    found = drivetrain(platform.home, "doctor", "--json", PORT=str(platform.port))
    assert found.code == 0, found.out
    findings = {finding["subject"]: finding for finding in found.json()}
    assert all(finding["is_well"] for finding in findings.values())
    assert f"process {platform.process.pid}" in findings["platform"]["detail"]
    assert "signed" in findings[f"model {MODEL}"]["detail"]


def test_a_key_is_made_used_listed_and_revoked(platform: RunningPlatform) -> None:
    made = drivetrain(
        platform.home, "keys", "create", "--name", "owners-app", "--role", "client", "--json"
    ).json()
    with platform.client(made["api_key"]) as client:
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
    again = drivetrain(platform.home, "keys", "create", "--name", "owners-app", "--role", "client")
    assert again.code == 1 and "owners-app" in again.err
    listed = drivetrain(platform.home, "keys", "list")
    assert "owners-app" in listed.out and made["api_key"] not in listed.out
    assert drivetrain(platform.home, "keys", "revoke", made["key_id"]).code == 0
    keys = drivetrain(platform.home, "keys", "list", "--json").json()
    assert next(key for key in keys if key["key_id"] == made["key_id"])["revoked_at"] is not None


def test_decisions_that_digit_groups_may_have_touched_are_listed(platform: RunningPlatform) -> None:
    """As a release before the fix has recorded them from a file with ``150.000`` and ``20.000``."""
    cars = [{**EXAMPLE, "mileage": mileage} for mileage in (150, 20)]
    with platform.client() as client:
        client.post("/rental/prices", json=[{**EXAMPLE, "mileage": 150}, {**EXAMPLE, "mileage": 1_234}])
        results = client.post("/rental/prices", json=cars).raise_for_status().json()["results"]
        right = client.post("/rental/price", json={**EXAMPLE, "mileage": 150_000}).json()["price_per_day"]
        ids = {result["decision_id"] for result in results}
    command = ("decisions", "affected-by", "digit-groups", "--model", MODEL)

    lines = drivetrain(platform.home, *command, "--json")
    decisions = {each["decision_id"]: each for each in map(json.loads, lines.out.splitlines())}
    assert ids <= decisions.keys() and "may rest on digit groups" in lines.err
    first = decisions[results[0]["decision_id"]]
    assert first["numbers"] == [{"column": "mileage", "as_decimal": 150, "as_groups": 150_000}]
    (price,) = (change for change in first["changes"] if change["field"] == "price_per_day")
    assert (price["from"], price["to"]) == (results[0]["price_per_day"], right)
    assert first["request_rows"] == 2 and not first["remark"]

    rows = list(csv.DictReader(drivetrain(platform.home, *command, "--csv").out.splitlines()))
    assert {row["decision_id"] for row in rows} == decisions.keys()
    sentences = drivetrain(platform.home, *command).out
    assert f"mileage was read as 150 and may mean 150,000; price_per_day {price['from']}" in sentences

    assert drivetrain(platform.home, *command, "--until", "2001-01-01T00:00:00Z", "--json").out == ""
    refused = drivetrain(platform.home, *command, "--csv", "--json")
    assert refused.code == 2 and "one of --csv and --json" in refused.err
    assert drivetrain(platform.home, "decisions", "affected-by", "gremlins").code == 2


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_predict_answers_a_table_in_the_form_that_the_ending_asks_for(
    platform: RunningPlatform, tmp_path: Path, ending: str
) -> None:
    source, target = tmp_path / "cars.xlsx", tmp_path / f"prices.{ending}"
    source.write_bytes(xlsx())
    said = drivetrain(platform.home, "predict", MODEL, "--in", source, "--out", target)
    assert said.code == 0, said.err
    assert "2 rows answered by rental-price version 1" in said.out
    # nothing unfinished stays
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["cars.xlsx", target.name])
    if ending == "csv":
        with target.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0])[-len(RENDERING.columns) :] == list(RENDERING.columns) and len(rows) == 2
    elif ending == "json":
        assert json.loads(target.read_text())["counts"] == {"ok": 2, "failed": 0}
    else:
        assert target.read_bytes().startswith(b"PK")


def test_predict_refuses_a_broken_table_whole_and_answers_it_partly_when_asked(
    platform: RunningPlatform, tmp_path: Path
) -> None:
    source, target = tmp_path / "cars.csv", tmp_path / "prices.csv"
    source.write_text(table(GOOD_ROW, row_with(fuel="dissel")), encoding="utf-8")
    refused = drivetrain(platform.home, "predict", MODEL, "--in", source, "--out", target)
    assert refused.code == 2
    assert "row 2, fuel" in refused.err and "rental.unknown_fuel" in refused.err
    assert not target.exists()
    partly = drivetrain(
        platform.home, "predict", MODEL, "--in", source, "--out", target, "--partial", "--json"
    )
    assert partly.code == 0 and (partly.json()["rows"], partly.json()["failed"]) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("predict", MODEL, "--in", "nowhere.csv", "--out", "x.csv"), 2, "nowhere.csv"),
        (("predict", MODEL, "--in", "cars.csv", "--out", "x.pdf"), 2, ".pdf"),
        (("predict", "nonsense", "--in", "cars.csv", "--out", "x.csv"), 1, "nonsense"),
        (("train", "nonsense"), 1, "nonsense"),
        (("train", MODEL, "--recipe", "nowhere.json"), 2, "nowhere.json"),
        (("data", "generate", "nonsense"), 1, "nonsense"),
        (("data", "generate", "rental-pricing", "--rows", "0"), 2, "rows"),
        (("data", "add", "rental-pricing", "nowhere.csv"), None, "nowhere.csv"),
        (("keys", "create", "--name", "x", "--role", "king"), 2, "king"),
        (("keys", "create", "--name", "", "--role", "client"), 2, "name"),
        (("keys", "create", "--name", "x"), 2, "role"),
        (("keys", "revoke", "nobody"), 1, "nobody"),
        (("nonsense",), 2, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_call_is_one_sentence_and_an_exit_code(
    empty_home: Path, arguments: tuple[str, ...], code: int | None, sentence: str
) -> None:
    (empty_home.parent / "cars.csv").write_text(table(), encoding="utf-8")
    said = drivetrain(empty_home, *arguments)
    assert said.code in ({code} if code is not None else {1, 2})
    assert sentence in said.err and "Traceback" not in said.err


def test_a_home_without_a_model_says_what_to_do(empty_home: Path, tmp_path: Path) -> None:
    (tmp_path / "cars.csv").write_text(table(), encoding="utf-8")
    for arguments in (
        ("predict", MODEL, "--in", tmp_path / "cars.csv", "--out", tmp_path / "out.csv"),
        ("models", "show", MODEL),
        ("train", MODEL),
    ):
        said = drivetrain(empty_home, *arguments)
        assert said.code == 1 and "drivetrain " in said.err and "Traceback" not in said.err, said.err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("doctor",),
        ("data", "list"),
        ("models", "list"),
        ("keys", "list"),
        ("decisions", "affected-by", "digit-groups"),
    ],
    ids=" ".join,
)
def test_what_only_reads_makes_nothing(empty_home: Path, command: tuple[str, ...]) -> None:
    missing = drivetrain(empty_home, *command)
    assert missing.code == 1 and "drivetrain up" in missing.out + missing.err, missing.out + missing.err
    assert not empty_home.exists()

    empty_home.mkdir()
    drivetrain(empty_home, *command)
    assert list(empty_home.iterdir()) == []


def test_a_misspelled_setting_is_named_and_a_wrong_one_ends_the_command(empty_home: Path) -> None:
    warned = drivetrain(empty_home, "keys", "mint", PROT="1")
    assert warned.code == 0 and "DRIVETRAIN_PROT" in warned.err and "DRIVETRAIN_PORT" in warned.err
    for command in ("up", "doctor"):
        refused = drivetrain(empty_home, command, WORKERS="none")
        assert refused.code == 2 and "DRIVETRAIN_WORKERS" in refused.err and "at most 64" in refused.err
    assert drivetrain(empty_home, "up", TRIPS_EVERY_MIN="7").code == 2
    assert not empty_home.exists()


@pytest.mark.parametrize(
    "name", ["half.xlsx", "zip_bomb.xlsx", "photo.csv", "missing_column.csv", "latin_1.csv"]
)
def test_a_bad_training_table_is_refused_with_a_reason(empty_home: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(next(case.content for case in UPLOADS if case.name == name))
    said = drivetrain(empty_home, "data", "check", "rental-pricing", file)
    assert said.code in {1, 2} and said.err.strip() and "Traceback" not in said.err


def test_help_needs_no_home_and_imports_nothing_heavy(empty_home: Path) -> None:
    said = drivetrain(empty_home, "--help")
    assert said.code == 0 and "up" in said.out and not empty_home.exists()
    for command in ("data", "models", "keys", "predict", "train"):
        assert drivetrain(empty_home, command, "--help").code == 0

"""Training from a table to a live version, as `drivetrain train` does it: gate, provenance, quarantine, self-test."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.platform import MODEL, Said, drivetrain, home_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GOOD = {"trees": 60, "leaves": 8, "learning_rate": 0.1}
"""Quick to fit, and enough to pass the gate on 2,000 rows."""

BAD = {"trees": 2, "leaves": 2}
"""Hardly better than the mean: the gate must refuse it."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """2,000 synthetic rows, five of them broken by hand."""
    with home_folder() as folder:
        home = folder / "home"
        assert (
            drivetrain(home, "data", "generate", "rental-pricing", "--rows", "2000", "--seed", "5").code == 0
        )
        break_rows(home, folder / "broken.csv")
        said = drivetrain(home, "data", "add", "rental-pricing", folder / "broken.csv", "--source", "A test.")
        assert said.code == 0, said.err
        yield home


@pytest.fixture(scope="module")
def first(home: Path) -> Any:
    """What the first training came to."""
    return train(home, GOOD).json()


@pytest.fixture(scope="module")
def second(home: Path, first: Any) -> Any:
    """What the second, bad one came to."""
    return train(home, BAD).json()


def train(home: Path, recipe: dict[str, Any], **settings: str) -> Said:
    file = home.parent / "recipe.json"
    file.write_text(json.dumps(recipe))
    said = drivetrain(home, "train", MODEL, "--recipe", file, "--json", timeout_s=300, **settings)
    assert said.code == 0, said.err
    return said


def test_a_good_version_goes_live_by_the_gate(home: Path, first: Any) -> None:
    assert first["is_champion"] and first["passed"] and all(check["passed"] for check in first["checks"])
    (release,) = drivetrain(home, "models", "history", MODEL, "--json").json()
    assert (release["version"], release["by_gate"], release["action"]) == (first["version"], True, "promote")


def test_a_bad_version_is_registered_and_does_not_go_live(home: Path, first: Any, second: Any) -> None:
    assert not second["is_champion"]
    failed = [check["question"] for check in second["checks"] if not check["passed"]]
    assert any("ridge" in question for question in failed)
    assert any("not worse than live version" in question for question in failed)
    live = {each["name"]: each["champion"] for each in drivetrain(home, "models", "list", "--json").json()}
    assert live[MODEL] == first["version"]
    versions = drivetrain(home, "models", "versions", MODEL, "--json").json()
    assert [each["version"] for each in versions] == [second["version"], first["version"]]


def test_broken_rows_are_set_aside_with_their_reasons_and_counted(home: Path, first: Any) -> None:
    report = drivetrain(home, "models", "show", MODEL, "--json").json()["report"]
    (file,) = (home / "quarantine").glob("rental-pricing-*.csv")
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert report["broken_rows"] == len(rows) >= 5
    text = file.read_text(encoding="utf-8")
    for code in ("rental.mileage_not_a_number", "rental.unknown_fuel", "rental.engine_power_out_of_range"):
        assert code in text


def test_generated_rows_stay_synthetic_through_a_copy_and_an_addition(home: Path, first: Any) -> None:
    """The rows were generated, changed by hand and added as a file of one's own: they still carry the mark."""
    shown = drivetrain(home, "models", "show", MODEL, "--json").json()
    assert shown["dataset"]["is_synthetic"] is True
    assert "SYNTHETIC" in drivetrain(home, "models", "show", MODEL).out.upper()


def test_the_files_of_a_version_are_native_signed_and_free_of_pickles(
    home: Path, first: Any, second: Any
) -> None:
    manifests = list((home / "artifacts" / MODEL).rglob("manifest.json"))
    assert len(manifests) == 2
    for manifest in manifests:
        files = {path.name for path in manifest.parent.iterdir()}
        assert "manifest.sig" in files
        assert {Path(name).suffix for name in files} <= {".json", ".txt", ".sig", ".md"}
        assert set(json.loads(manifest.read_text())["files"]) == files - {"manifest.json", "manifest.sig"}


def test_the_same_table_and_recipe_give_the_same_model(home: Path, first: Any, second: Any) -> None:
    """Bit for bit: the fitted trees and the stored answers."""
    train(home, BAD)
    newest = sorted(
        (home / "artifacts" / MODEL).rglob("manifest.json"), key=lambda path: path.stat().st_mtime_ns
    )[-2:]
    contents = [
        {
            name: (manifest.with_name(name)).read_bytes()
            for name in ("point.txt", "spread.txt", "self_test.json")
        }
        for manifest in newest
    ]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("recipe", [{"tree": 40}, {"trees": True}, []])
def test_a_wrong_recipe_is_refused_before_anything_is_fitted(
    home: Path, first: Any, tmp_path: Path, recipe: Any
) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    said = drivetrain(home, "train", MODEL, "--recipe", tmp_path / "recipe.json")
    assert said.code == 2 and "recipe" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("trees=-1", "/trees: trees must be from 1 to 5,000; it is -1. [train.setting_out_of_range]"),
        ("trees=many", "/trees: trees must be a whole number. [train.bad_setting]"),
        ("tree=3", "/tree: tree is not a setting of this recipe. [train.unknown_setting]"),
        ("trees", "'trees' is not NAME=VALUE."),
    ],
)
def test_a_wrong_setting_is_refused_by_name(home: Path, first: Any, change: str, reason: str) -> None:
    said = drivetrain(home, "train", MODEL, "--set", change)
    assert said.code == 2 and reason in said.err and "Traceback" not in said.err


def test_where_two_people_must_agree_the_gate_replaces_no_champion_by_itself(
    home: Path, first: Any, second: Any
) -> None:
    trained = train(home, GOOD, PROMOTION_APPROVALS="2").json()
    assert trained["passed"] and not trained["is_champion"]
    promote = ("models", "promote", MODEL, trained["version"], "--reason", "by hand")
    said = drivetrain(home, *promote, PROMOTION_APPROVALS="2")
    assert said.code == 0 and "2 different people must agree" in said.out
    live = {each["name"]: each["champion"] for each in drivetrain(home, "models", "list", "--json").json()}
    assert live[MODEL] == first["version"]


def break_rows(home: Path, target: Path) -> None:
    """The current table with five rows that cannot be true."""
    (current,) = (home / "datasets" / "rental-pricing").rglob("*.csv")
    with current.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[10]["mileage"] = "a lot"
    rows[20]["fuel"] = "wood"
    rows[30]["engine_power"] = "0"
    rows[40]["rental_price_per_day"] = "-5"
    rows[50]["has_gps"] = ""
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

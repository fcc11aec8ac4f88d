"""The life of buyer segments from a log of one's own: trained twice by command, ids that go on, rolled back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.buyers import QUICK, ROWS, SEED
from tests.support.platform import drivetrain, home_folder

from drivetrain.core.progress import SilentProgress
from drivetrain.resale.segments.model.contract import MODEL_NAME
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE, TASTE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A log without mark and tastes, as a marketplace would have it, with one broken interaction."""
    with home_folder() as folder:
        drawn, own = folder / "drawn.csv", folder / "own.csv"
        BUYER_INTERACTIONS_TABLE.write_synthetic(drawn, ROWS, SEED, SilentProgress())
        with (
            drawn.open(newline="", encoding="utf-8") as source,
            own.open("w", newline="", encoding="utf-8") as target,
        ):
            reader = csv.DictReader(source)
            names = [name for name in reader.fieldnames or () if name not in {"", TASTE}]
            writer = csv.DictWriter(target, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**row, "kind": "stare"} if at == 0 else row for at, row in enumerate(reader))
        home = folder / "home"
        assert drivetrain(home, "data", "add", "buyer-interactions", own, "--source", "A test.").code == 0
        yield home


@pytest.fixture(scope="module")
def first(home: Path) -> Any:
    """What is live after the first training."""
    assert train(home, QUICK)["is_champion"]
    return drivetrain(home, "models", "show", MODEL_NAME, "--json").json()


@pytest.fixture(scope="module")
def second(home: Path, first: Any) -> Any:
    """What is live after a second training, which starts elsewhere."""
    assert train(home, {**QUICK, "seed": 9})["is_champion"]
    return drivetrain(home, "models", "show", MODEL_NAME, "--json").json()


def train(home: Path, recipe: dict[str, Any]) -> Any:
    file = home.parent / "recipe.json"
    file.write_text(json.dumps(recipe))
    said = drivetrain(home, "train", MODEL_NAME, "--recipe", file, "--json", timeout_s=300)
    assert said.code == 0, said.err
    return said.json()


def test_segments_of_real_buyers_go_live_without_any_truth(home: Path, first: Any) -> None:
    assert first["dataset"]["is_synthetic"] is False
    assert "recovery_score" not in first["metrics"]
    assert first["report"]["broken_rows"] == 1
    (aside,) = (home / "quarantine").glob("buyer-interactions-*.csv")
    assert "row 1 of the log: resale.unknown_kind" in aside.read_text()


def test_the_second_version_is_compared_with_the_first_and_keeps_its_ids(first: Any, second: Any) -> None:
    questions = [check["question"] for check in second["report"]["gate"]["checks"]]
    assert "not worse than the champion's recipe" in questions
    assert "target and inputs are distributed as before" in questions
    before, after = (
        {each["id"]: each["interests"] for each in shown["report"]["segments"]} for shown in (first, second)
    )
    shared = before.keys() & after.keys()
    assert len(shared) >= 5
    for same in shared:  # the same id is the same kind of buyer
        assert before[same]["price_eur"] == pytest.approx(after[same]["price_eur"], rel=0.15)


def test_segments_are_rolled_back_like_every_model(home: Path, first: Any, second: Any) -> None:
    assert (first["version"], second["version"]) == ("1", "2")
    assert drivetrain(home, "models", "rollback", MODEL_NAME, "--reason", "enough").code == 0
    assert drivetrain(home, "models", "show", MODEL_NAME, "--json").json()["version"] == "1"

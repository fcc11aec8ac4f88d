"""Poisoned tables through the command line: `drivetrain data add`, then `drivetrain train`; none goes live by itself.

A few kinds by default, every kind with `make poisoned` (a quarter of an hour). All kinds without the command line, for
this model and the others: tests/unit/lifecycle/releasing/test_compare_with_live.py.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.platform import MODEL, drivetrain, home_folder
from tests.support.poisoned_tables import POISONS, poisoned

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.dataset import RENTAL_PRICING

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]

RECIPE = ("--set", "trees=60", "--set", "leaves=8", "--set", "learning_rate=0.1")
"""Quick to fit, and enough to beat the baseline."""

EVERY = [name for name, poison in POISONS.items() if poison.fits(RENTAL_PRICE)]
FEW = ["an eighth of the rows", "target doubled"]
CHOSEN = EVERY if os.environ.get("DRIVETRAIN_TEST_EVERY_POISON") else FEW


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> TrainingTable:
    """1,800 rows; the mark of generated rows is not written on, so that they count as real."""
    folder = tmp_path_factory.mktemp("drawn")
    RENTAL_PRICING.write_synthetic(folder / "drawn.csv", 1_800, 5, SilentProgress())
    return read_training_table(folder / "drawn.csv", RENTAL_PRICE, folder / "q.csv").table


@pytest.fixture(scope="module")
def home(table: TrainingTable) -> Iterator[Path]:
    """Live is a version of 1,000 of the rows."""
    with home_folder() as folder:
        home = folder / "home"
        result = train(home, table.at(np.arange(len(table)) < 1_000))
        assert result["is_champion"], result
        yield home


def train(home: Path, table: TrainingTable) -> dict[str, Any]:
    """Add a table as a user would, train on it, and read what the command says."""
    file = home.with_name("table.csv")
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow([*RENTAL_PRICE.names, RENTAL_PRICE.target.name])
        writer.writerows(zip(*table.rows.values(), table.target.tolist(), strict=True))
    added = drivetrain(home, "data", "add", "rental-pricing", file, "--accept-refused")
    assert added.code == 0, added.err
    trained = drivetrain(
        home, "train", MODEL, *RECIPE, "--json", timeout_s=1_500
    )  # 5 s, alone on the machine
    assert trained.code == 0, trained.err
    result: dict[str, Any] = json.loads(trained.out)
    return result


def live(home: Path) -> str:
    models = drivetrain(home, "models", "list", "--json").json()
    version: str = next(model["champion"] for model in models if model["name"] == MODEL)
    return version


@pytest.mark.parametrize("name", CHOSEN)
def test_a_poisoned_table_does_not_go_live_by_itself(home: Path, table: TrainingTable, name: str) -> None:
    before = live(home)
    result = train(home, poisoned(table, RENTAL_PRICE, name))
    assert not result["is_champion"] and not result["passed"]
    ours = [check for check in result["checks"] if not check["passed"] and "ridge" not in check["question"]]
    assert ours and all(check["figures"] for check in ours)
    assert live(home) == before


def test_an_honest_table_that_grew_goes_live_by_itself(home: Path, table: TrainingTable) -> None:
    """It comes last: the poisoned ones were held against the smaller table's version."""
    before = live(home)
    result = train(home, table)
    assert result["is_champion"], result
    assert live(home) == result["version"] != before
    card = drivetrain(home, "models", "show", MODEL).out
    assert "Beside the live version" in card and "held back" in card


def test_a_table_of_four_rows_is_refused_in_a_sentence(home: Path, table: TrainingTable) -> None:
    before = live(home)
    file = home.with_name("four.csv")
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow([*RENTAL_PRICE.names, RENTAL_PRICE.target.name])
        few = table.at(np.arange(len(table)) < 4)
        writer.writerows(zip(*few.rows.values(), few.target.tolist(), strict=True))
    assert drivetrain(home, "data", "add", "rental-pricing", file).code == 0
    refused = drivetrain(home, "train", MODEL)
    assert refused.code == 2 and "Traceback" not in refused.err
    assert "needs at least 100 good rows" in refused.err and "has 4" in refused.err
    assert live(home) == before

"""No poisoned table gets past the comparison with the live version; an honest one that grew does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog
from tests.support.poisoned_tables import POISONS, poisoned

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import NotFoundError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.training import PointPrediction, TrainingTable
from drivetrain.lifecycle.releasing.compare_with_live import (
    COMPARISON,
    HELD_BACK,
    CompareWithLive,
    Judgement,
    TrainingData,
)
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import MODELS, model_named

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ROWS = 2_600
FEW_ROWS = {"resale-price": 240}
"""A Gaussian process takes the cube of the rows."""

QUICK: dict[str, dict[str, Any]] = {
    "rental-price": {"trees": 60, "learning_rate": 0.1, "leaves": 8},
    "resale-price": {},
    "trip-duration": {"trees": 40, "learning_rate": 0.1},
}
"""Recipes that are fitted in a moment; used cars share one."""

_USED = {"trees": 40, "learning_rate": 0.15, "leaves": 15}


@dataclass
class Bench:
    """A model whose files name the table that it is fitted on: the point prediction alone, without its figures.

    Attributes:
        tables: what the home keeps, by version.
    """

    spec: ModelSpec
    tables: dict[str, TrainingData] = field(default_factory=dict)
    catalog: MemoryModelCatalog = field(default_factory=lambda: MemoryModelCatalog(FixedClock(NOW)))

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def contract(self):
        return self.spec.contract

    @property
    def point(self) -> PointPrediction | None:
        point = self.spec.point
        return None if point is None else PointPrediction(lambda fitted, rows: fitted(rows), point.refit)

    def recipe_of(self, files: Files) -> dict[str, Any]:
        return QUICK.get(self.name, _USED)

    def load(self, files: Files, ref: ModelRef) -> Any:
        version = files["table"].decode()
        return self._fitted(version)

    def _fitted(self, version: str) -> Any:
        split = self.judge.split(self.tables[version].table)
        assert split is not None and self.spec.point is not None
        return self.spec.point.refit(split.learned, self.recipe_of({}))

    @property
    def judge(self) -> CompareWithLive:
        return CompareWithLive(self, self.read, self.open, self.catalog, FixedClock(NOW))

    def read(self, version: str) -> TrainingData:
        if version not in self.tables:
            raise NotFoundError(f"There is no version {version}.", code="data.unknown_version")
        return self.tables[version]

    def open(self, version: ModelVersion) -> Files:
        return {"table": str(version.dataset["version"]).encode()}

    def keep(self, version: str, table: TrainingTable, *, is_synthetic: bool = False) -> TrainingData:
        reference = DatasetReference(
            "a-table", version, version * 8, Path("t.csv"), "A test.", "CC0", is_synthetic=is_synthetic
        )
        self.tables[version] = TrainingData(reference, table, 0, None)
        return self.tables[version]

    def live(self, version: str, report: dict[str, Any] | None = None) -> ModelVersion:
        data = self.tables[version]
        split = self.judge.split(data.table)
        known = (
            {}
            if split is None
            else {HELD_BACK: {"rule": 1, "unit": split.unit, "learned_digest": split.learned_digest}}
        )
        return ModelVersion(
            self.name, "1", NOW, "somewhere", "0" * 64, {}, known if report is None else report,
            data.reference.as_dict(), data.reference.is_synthetic, "run",
        )  # fmt: skip

    def judged(self, table: TrainingTable, live: ModelVersion | None, **kept: bool) -> Judgement:
        data = self.keep("new0", table, **kept)
        return self.judge({"table": b"new0"}, data, self.judge.split(table), live, SilentProgress())


@dataclass
class UnknownRecipe(Bench):
    """One of another release: its recipe has a setting that is not known any more."""

    def _fitted(self, version: str) -> Any:
        return lambda rows: np.full(len(next(iter(rows.values()))), 1_000.0)

    def recipe_of(self, files: Files) -> dict[str, Any]:
        return {"depth": 3}


@cache
def drawn(model: str, rows: int = ROWS) -> TrainingTable:
    """A synthetic table of the model's, the same for every test of this process."""
    import tempfile

    spec = model_named(model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        spec.table.write_synthetic(file, rows, 5, SilentProgress())
        return read_training_table(file, spec.contract, Path(folder) / "q.csv", spec.table.preparation).table


@cache
def bench(model: str, rows: int = ROWS) -> Bench:
    """Live is a version of two thirds of the rows, or of all but the last day's."""
    spec = model_named(model)
    table = drawn(model, rows)
    is_known = np.arange(len(table)) % 3 > 0
    made = Bench(spec)
    made.keep("live", table.at(is_known))
    return made


def failures(judgement: Judgement) -> list[str]:
    return [check.question for check in judgement.checks if not check.passed]


RENTAL = [name for name, poison in POISONS.items() if poison.fits(model_named("rental-price").contract)]


def test_rental_tables_go_wrong_in_more_than_20_ways():
    assert len(RENTAL) >= 25


@pytest.mark.parametrize("name", RENTAL)
def test_a_poisoned_rental_table_needs_a_person(name):
    made = bench("rental-price")
    table = poisoned(drawn("rental-price"), made.contract, name)
    assert failures(made.judged(table, made.live("live")))


def test_an_honest_rental_table_that_grew_needs_nobody():
    made = bench("rental-price")
    judgement = made.judged(drawn("rental-price"), made.live("live"))
    assert failures(judgement) == []
    own, new = judgement.report[COMPARISON]["errors"]  # type: ignore[index]
    assert own["rows"] >= 200 and new["rows"] >= 300
    assert own["difference"]["high"] <= own["allowed"]


def test_a_price_rise_is_found_out_by_the_live_versions_rows_where_distributions_hardly_move():
    made = bench("rental-price")
    table = poisoned(drawn("rental-price"), made.contract, "target shuffled")
    questions = failures(made.judged(table, made.live("live")))
    assert any("held-back rows of its own table" in question for question in questions)
    assert not any("distributed" in question for question in questions)


OTHERS = [
    (model.name, name)
    for model in MODELS
    if model.point is not None and model.name != "rental-price"
    for name in (
        "an eighth of the rows", "target doubled", "target shuffled", "target one row off", "all inputs shuffled",
        "every row twice", "dates of the future", "dates of long ago",
    )
    if POISONS[name].fits(model.contract)
]  # fmt: skip


@pytest.mark.parametrize(("model", "name"), OTHERS)
def test_a_poisoned_table_of_another_model_needs_a_person(model, name):
    made = bench(model, FEW_ROWS.get(model, 900))
    table = poisoned(drawn(model, FEW_ROWS.get(model, 900)), made.contract, name)
    assert failures(made.judged(table, made.live("live")))


@pytest.mark.parametrize("model", sorted({model for model, _ in OTHERS}))
def test_the_same_table_and_recipe_again_need_nobody(model):
    made = bench(model, FEW_ROWS.get(model, 900))
    assert failures(made.judged(made.tables["live"].table, made.live("live"))) == []


def test_without_a_live_version_nothing_is_asked_and_the_error_on_held_back_rows_is_reported():
    made = bench("rental-price")
    judgement = made.judged(drawn("rental-price"), None)
    assert judgement.checks == ()
    assert judgement.report[HELD_BACK]["rows"] > 300 and judgement.report[HELD_BACK]["mae_error"] > 0  # type: ignore[index]


def test_a_live_version_of_an_earlier_release_has_seen_the_rows_and_says_so():
    made = bench("rental-price")
    judgement = made.judged(drawn("rental-price"), made.live("live", report={}))
    (check,) = (check for check in judgement.checks if not check.passed)
    assert "has seen them" in check.figures and "a person decides" in check.figures


def test_a_version_reports_what_is_held_back_so_that_it_can_be_held_against_later():
    made = bench("rental-price")
    report = made.judged(made.tables["live"].table, None).report
    assert report[HELD_BACK]["learned_digest"] == made.live("live").report[HELD_BACK]["learned_digest"]  # type: ignore[index]
    assert failures(made.judged(drawn("rental-price"), made.live("live", report=dict(report)))) == []


def test_a_live_version_whose_table_is_read_in_another_way_since_has_perhaps_seen_the_rows():
    """As after a new optional column: each row is another one to the hash, and may be in another part."""
    made = bench("rental-price")
    live, kept = made.live("live"), made.tables["live"]
    read_as_true = [True] * len(kept.table)
    elsewhere = Bench(made.spec)
    elsewhere.keep(
        "live",
        TrainingTable({**kept.table.rows, "private_parking_available": read_as_true}, kept.table.target),
    )
    judgement = elsewhere.judged(drawn("rental-price"), live)
    (check,) = (check for check in judgement.checks if "held-back rows" in check.question)
    assert not check.passed and "no longer read as when it learned" in check.figures


def test_a_live_version_that_cannot_be_fitted_again_is_left_to_a_person():
    made = bench("resale-price", FEW_ROWS["resale-price"])
    unknown = UnknownRecipe(made.spec, made.tables, made.catalog)
    judgement = unknown.judged(made.tables["live"].table, made.live("live"))
    (check,) = (check for check in judgement.checks if "held-back rows" in check.question)
    assert not check.passed and "cannot be fitted again: The recipe has unknown" in check.figures


def test_a_live_version_whose_table_is_gone_cannot_be_compared():
    made = bench("rental-price")
    live = made.live("live")
    gone = replace(live, dataset={**live.dataset, "version": "gone"})
    judgement = made.judged(drawn("rental-price"), gone)
    (check,) = judgement.checks
    assert not check.passed and "There is no version gone" in check.figures


def test_a_live_version_of_generated_rows_is_not_held_against_real_ones():
    made = Bench(model_named("rental-price"))
    made.keep("live", drawn("rental-price", 300), is_synthetic=True)
    live = made.live("live")
    assert made.judged(drawn("rental-price"), live).checks == ()
    assert failures(made.judged(drawn("rental-price"), replace(live, is_synthetic=False), is_synthetic=True))


def test_the_same_version_of_a_table_is_asked_once():
    made = bench("rental-price")
    data, live = made.tables["live"], made.live("live")
    judgement = made.judge({"table": b"live"}, data, made.judge.split(data.table), live, SilentProgress())
    assert len(judgement.report[COMPARISON]["errors"]) == 1  # type: ignore[index]
    assert failures(judgement) == []

"""What is said of a car price model is measured on rows it did not see, and the gate asks what it says it asks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.cars import RECIPE, small_table

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.evaluation import ErrorComparison
from drivetrain.lifecycle.learning.features import take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.resale.price.model import evaluate
from drivetrain.resale.price.model import training as fit
from drivetrain.resale.price.model.evaluate import (
    FOREST,
    MEAN,
    PARTS,
    RIDGE,
    BandedRangeReport,
    judge,
    measure,
    report_range,
)
from drivetrain.resale.price.model.recipe import CarPriceRecipe


@pytest.fixture(autouse=True)
def one_repeat(monkeypatch):
    monkeypatch.setattr(evaluate, "REPEATS", 1)


def errors(mae: float) -> list[dict[str, float]]:
    """Folds that differ a little, so that a difference has an interval."""
    return [{"rmse_error": mae * 1.4, "mae_error": mae + fold, "r2_score": 0.9} for fold in range(PARTS)]


def compared(candidate: float = 1_300.0, ridge: float = 1_600.0) -> ErrorComparison:
    return ErrorComparison(
        errors(candidate), {FOREST: errors(1_500.0), MEAN: errors(1_400.0), RIDGE: errors(ridge)}
    )


def ranges(coverage: float = 0.9, bands: float = 0.92) -> BandedRangeReport:
    return BandedRangeReport(
        Estimate(coverage, coverage, coverage), 6_000.0, {}, Estimate(bands, bands, bands)
    )


class TestMeasure:
    def test_every_row_is_asked_for_once_in_a_repeat(self):
        parts = measure(small_table(), RECIPE, SilentProgress())
        assert len(parts) == PARTS
        assert sorted(np.concatenate([part.rows for part in parts])) == list(range(len(small_table().target)))

    def test_a_row_is_priced_by_a_fit_that_did_not_see_it(self):
        """Doubling one price moves the prices of other folds, never its own."""
        table = small_table()
        changed = TrainingTable(
            table.rows, np.where(np.arange(len(table.target)) == 5, table.target * 2, table.target)
        )
        for before, after in zip(
            measure(table, RECIPE, SilentProgress()), measure(changed, RECIPE, SilentProgress()), strict=True
        ):
            same = bool((before.price == after.price).all())
            assert same == (5 in before.rows)

    def test_coverage_and_bands_are_shares_of_held_out_rows(self):
        table = small_table()
        report = report_range(table, measure(table, RECIPE, SilentProgress()))
        assert 0.8 < report.coverage.value <= 1
        assert 0.75 < report.bands.value <= 1
        assert report.segments["fueltype=gas"][0] == table.rows["fueltype"].count("gas")


class TestGate:
    def test_good_figures_pass(self):
        assert judge(compared(), ranges()).passed

    @pytest.mark.parametrize(
        ("figures", "held_out", "question"),
        [
            (compared(candidate=1_600.0), ranges(), "better than ridge regression"),
            (compared(), ranges(coverage=0.879), "range covers 88% to 94%"),
            (compared(), ranges(coverage=0.941), "range covers 88% to 94%"),
            (compared(), ranges(bands=0.849), "price band right for 85%"),
        ],
    )
    def test_each_question_can_fail_alone(self, figures, held_out, question):
        verdict = judge(figures, held_out)
        assert [check.question for check in verdict.checks if not check.passed] == [question]


class TestTraining:
    def test_it_reports_the_figures_of_the_folds_and_packs(self, monkeypatch):
        monkeypatch.setattr(evaluate, "_forest", evaluate._ridge)  # the forest itself would take seconds
        trained = fit.train_price(small_table(), {}, None, SilentProgress())
        json.dumps(trained.report)
        errors = {name: figures["mae_error"]["mean"] for name, figures in trained.report["models"].items()}
        assert errors["candidate"] == pytest.approx(trained.metrics["mae_error"], abs=1e-3)
        assert set(errors) == {"candidate", FOREST, MEAN, RIDGE}
        assert trained.params == CarPriceRecipe().as_dict()

    @pytest.mark.parametrize(("rows", "prices"), [(49, 49), (120, 2)], ids=["few rows", "few prices"])
    def test_a_table_that_cannot_teach_is_refused(self, rows, prices):
        table = small_table()
        target = table.target[np.arange(rows) % prices]
        with pytest.raises(InvalidInputError) as refused:
            fit.train_price(
                TrainingTable(take(table.rows, np.arange(rows)), target), {}, None, SilentProgress()
            )
        assert refused.value.code == "train.too_few_rows"

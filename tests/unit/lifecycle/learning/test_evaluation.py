"""What price models share in judging: errors on the same folds, coverage by segment, the gate's questions, the report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.evaluation import (
    ErrorComparison,
    RangeReport,
    covered_segments,
    errors_of,
    fifths,
    fold_errors,
    no_violations,
    one_hot,
    price_metrics,
    price_report,
    ridge_prediction,
)
from drivetrain.lifecycle.learning.features import Feature, FeatureEncoder
from drivetrain.lifecycle.learning.gate import Verdict
from drivetrain.lifecycle.learning.validation import Folds

PARTS = 5


def folds(mae: float) -> list[dict[str, float]]:
    """Folds that differ a little, so that a difference has an interval."""
    return [{"rmse_error": mae * 1.4, "mae_error": mae + fold, "r2_score": 0.9} for fold in range(PARTS)]


def report(coverage: float = 0.9, segments: dict[str, tuple[int, float]] | None = None) -> RangeReport:
    return RangeReport(Estimate(coverage, coverage - 0.01, coverage + 0.01), 40.123, segments or {})


class TestErrors:
    def test_every_fold_is_predicted_from_its_other_rows(self):
        target = np.arange(20.0)
        splits = list(Folds(20, PARTS, 1, seed=1).splits())
        done: list[int] = []
        errors = fold_errors(
            target,
            lambda split: np.full(len(split[1]), target[split[0]].mean()),
            splits,
            lambda: done.append(1),
        )
        assert len(errors) == len(done) == PARTS
        train, test = splits[0]
        assert errors[0]["mae_error"] == pytest.approx(np.abs(target[test] - target[train].mean()).mean())

    def test_one_kind_of_errors_fold_by_fold(self):
        assert errors_of(folds(3.0), "mae_error") == [3.0, 4.0, 5.0, 6.0, 7.0]


class TestQuestions:
    @pytest.mark.parametrize(("own", "passed"), [(8.0, True), (10.0, False), (11.0, False)])
    def test_a_baseline_must_be_beaten(self, own, passed):
        check = ErrorComparison(folds(own), {"ridge": folds(10.0)}).better_than("ridge", "mae_error", PARTS)
        assert (check.question, check.passed) == ("better than ridge", passed)
        assert check.figures.startswith("difference in MAE")

    @pytest.mark.parametrize(
        ("coverage", "passed"), [(0.879, False), (0.88, True), (0.92, True), (0.921, False)]
    )
    def test_both_ends_of_the_coverage_are_included(self, coverage, passed):
        assert report(coverage).covers(0.88, 0.92).passed == passed

    @pytest.mark.parametrize(
        ("coverage", "figures"),
        [(0.8799, "87.9%"), (0.88, "88.0%"), (0.9, "90.0%"), (0.92, "92.0%"), (0.9201, "92.1%")],
    )
    def test_a_share_out_of_bounds_is_not_rounded_onto_the_bound(self, coverage, figures):
        check = report(coverage).covers(0.88, 0.92)
        assert (check.passed, check.figures) == (0.88 <= coverage <= 0.92, figures)

    def test_nor_is_that_of_a_segment(self):
        assert report(segments={"a": (200, 0.8596)}).covers_segments(100, 0.86).figures == "least 85.9% at a"
        assert report(segments={"a": (200, 0.8604)}).covers_segments(100, 0.86).figures == "least 86.0% at a"

    def test_the_worst_segment_decides(self):
        segments = {"a": (200, 0.91), "b": (150, 0.85)}
        assert report(segments=segments).worst_segment == ("b", 0.85)
        assert report().worst_segment == ("all", 0.9)
        check = report(segments=segments).covers_segments(100, 0.86)
        assert (check.passed, check.figures) == (False, "least 85.0% at b")

    def test_one_step_the_wrong_way_is_too_many(self):
        assert no_violations("none", {"mileage": 0}).passed
        assert no_violations("none", {"mileage": 0, "year": 1}).figures == "1 violations"


class TestSegments:
    def test_rows_are_counted_once_however_often_they_were_judged(self):
        inside = np.array([True, False, True, True])
        masks = [("all", np.ones(4, dtype=bool)), ("few", np.array([True, True, False, False]))]
        assert covered_segments(masks, inside, least=2, repeats=2) == {"all": (2, 0.75)}

    def test_fifths_hold_every_row_once_in_order_of_size(self):
        segments = fifths("price", np.random.default_rng(1).permutation(100).astype(float))
        assert [int(member.sum()) for _, member in segments] == [20] * 5
        assert np.sum([member for _, member in segments], axis=0).tolist() == [1] * 100
        assert segments[0][0] == "price fifth 1"


class TestBaselines:
    def test_a_word_becomes_a_column_of_its_own(self):
        encoder = FeatureEncoder((Feature("fuel", ("diesel", "petrol")), Feature("power")))
        matrix = encoder.matrix({"fuel": ["petrol", "coal", "diesel"], "power": [90.0, 50.0, 70.0]})
        assert one_hot(encoder, matrix).tolist() == [[0, 0, 1, 90], [1, 0, 0, 50], [0, 1, 0, 70]]

    def test_ridge_finds_a_line_whatever_the_unit(self):
        train = np.random.default_rng(2).normal(size=(500, 2))
        target = 3 * train[:, 0] - train[:, 1] + 7
        for unit in (1.0, 1_000.0):
            predicted = ridge_prediction(train * unit, target, train[:9] * unit, penalty=1e-6)
            np.testing.assert_allclose(predicted, target[:9], rtol=1e-6)


class TestReport:
    def test_it_is_plain_json_with_every_model(self):
        compared = ErrorComparison(folds(1.0) * 2, {"ridge": folds(2.0) * 2})
        ranges = report(segments={"fuel=diesel": (300, 0.9)})
        shown = price_report(compared, ranges, Verdict(()), parts=PARTS, remarks=["Few cars."], unit="EUR")
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown
        assert list(shown["models"]) == ["candidate", "ridge"]
        assert shown["validation"].startswith("2 x 5-fold cross-validation;")
        assert shown["range"] == {
            "coverage": {"mean": 0.9, "low": 0.89, "high": 0.91},
            "mean_width": 40.12,
            "unit": "EUR",
            "segments": {"fuel=diesel": {"rows": 300, "coverage": 0.9}},
        }

    def test_metrics_say_by_their_name_which_way_is_better(self):
        metrics = price_metrics(ErrorComparison(folds(3.0), {}), report(), PARTS)
        assert all(name.endswith(("_error", "_score")) for name in metrics)
        assert metrics["mae_error"] == 5.0
        assert metrics["range_coverage_score"] == 0.9

"""What is said of a price model is measured on rows it did not see, beside plain models, on the same folds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.support.listings import TINY, small_fit, small_table

from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.evaluation import ErrorComparison, RangeReport, errors_of
from drivetrain.lifecycle.learning.features import take
from drivetrain.rental.price.model import evaluate
from drivetrain.rental.price.model.estimator import PointFit
from drivetrain.rental.price.model.evaluate import (
    METRIC,
    ONE_PRICE,
    PARTS,
    REPEATS,
    RIDGE,
    compare,
    count_violations,
    cross_fit,
    held_out_range,
    judge,
    measure_range,
    metrics_of,
    report_of,
    splits_of,
)
from drivetrain.rental.price.model.recipe import PriceRecipe

FEW = replace(TINY, trees=10)


@pytest.fixture(scope="module")
def fits() -> list[PointFit]:
    return cross_fit(small_table(), FEW, splits_of(small_table()), SilentProgress())


@pytest.fixture(scope="module")
def compared(fits) -> ErrorComparison:
    return compare(small_table(), FEW, splits_of(small_table()), fits, SilentProgress())


@pytest.fixture(scope="module")
def ranges(fits) -> RangeReport:
    return measure_range(small_table(), FEW, splits_of(small_table()), fits, SilentProgress())


def folds(rmse: float, spread: float = 0.2) -> list[dict[str, float]]:
    values = rmse + spread * np.sin(np.arange(PARTS * REPEATS))
    return [{"rmse_error": float(value), "mae_error": 1.0, "r2_score": 0.5} for value in values]


def measured(coverage: float = 0.9, segments: dict[str, tuple[int, float]] | None = None) -> RangeReport:
    return RangeReport(
        Estimate(coverage, coverage - 0.01, coverage + 0.01), 40.0, segments or {"fuel=diesel": (300, 0.9)}
    )


def figures(candidate: float = 16.0, ridge: float = 20.0, one_price: float = 30.0) -> ErrorComparison:
    return ErrorComparison(folds(candidate), {RIDGE: folds(ridge), ONE_PRICE: folds(one_price)}, folds(16.0))


class TestComparison:
    def test_every_model_is_measured_on_every_fold(self, compared):
        assert {len(each) for each in (compared.candidate, *compared.baselines.values())} == {PARTS * REPEATS}

    def test_the_same_table_and_recipe_give_the_same_figures(self, fits, compared):
        table, splits = small_table(), splits_of(small_table())
        assert cross_fit(table, FEW, splits, SilentProgress()) == fits
        assert compare(table, FEW, splits, fits, SilentProgress()) == compared

    def test_the_candidate_is_judged_on_rows_it_did_not_see(self, compared):
        table = small_table()
        point, _ = small_fit()
        seen = np.sqrt(np.mean((point.price(point.encoder.matrix(table.rows)) - table.target) ** 2))
        assert np.mean(errors_of(compared.candidate, METRIC)) > seen


class TestRange:
    def test_the_price_in_it_is_that_of_the_compared_fold(self, fits):
        """The candidate is not fitted again for its range."""
        table, split = small_table(), splits_of(small_table())[0]
        price, low, high = held_out_range(table, split, FEW)
        again = fits[0].price(fits[0].encoder.matrix(take(table.rows, split[1])))
        assert price.tobytes() == again.tobytes()
        assert (low <= price).all() and (price <= high).all()

    def test_coverage_is_near_what_is_promised_even_on_a_small_table(self, ranges):
        assert 0.8 <= ranges.coverage.value <= 0.99
        assert ranges.coverage.low <= ranges.coverage.value <= ranges.coverage.high
        assert ranges.width > 0

    def test_only_segments_with_rows_enough_are_judged(self, ranges):
        assert ranges.segments
        assert all(rows >= evaluate.SEGMENT_ROWS for rows, _ in ranges.segments.values())
        assert all(0 <= share <= 1 for _, share in ranges.segments.values())
        assert ranges.segments["fuel=diesel"][0] == list(small_table().rows["fuel"]).count("diesel")


class TestViolations:
    def test_a_wrong_step_is_counted(self):
        class Backwards:
            """Asks more for every kilometer and takes everything off for equipment."""

            encoder = small_fit()[0].encoder

            def price(self, matrix):
                return matrix[:, 1] / 1_000 - matrix[:, 6]

        found = count_violations(Backwards(), small_table(), PriceRecipe())
        assert found["mileage"] > 0
        assert found["private_parking_available"] > 0
        assert found["has_gps"] == 0

    def test_every_row_of_a_small_table_is_walked_from_end_to_end(self):
        class Counting:
            """Falls with power at every step."""

            encoder = small_fit()[0].encoder

            def price(self, matrix):
                return -matrix[:, 2]

        found = count_violations(Counting(), small_table(), PriceRecipe(is_power_monotone=True))
        assert found["engine_power"] == len(small_table().target) * (len(evaluate.GRID_POWER_HP) - 1)


class TestGate:
    def test_a_good_candidate_passes(self):
        assert judge(figures(), measured(), {"mileage": 0}).passed

    @pytest.mark.parametrize(
        ("compared", "ranges", "violations", "question"),
        [
            (figures(candidate=20.0), measured(), {"mileage": 0}, "better than ridge regression"),
            (figures(one_price=16.0), measured(), {"mileage": 0}, "better than one price for all cars"),
            (figures(), measured(0.879), {"mileage": 0}, "range covers 88% to 92%"),
            (figures(), measured(0.921), {"mileage": 0}, "range covers 88% to 92%"),
            (
                figures(),
                measured(segments={"a": (100, 0.859)}),
                {"mileage": 0},
                "every segment of 100 rows covered at 86%",
            ),
            (figures(), measured(), {"mileage": 0, "has_gps": 1}, "no price moves the wrong way"),
        ],
    )
    def test_each_question_can_fail_alone(self, compared, ranges, violations, question):
        verdict = judge(compared, ranges, violations)
        assert [check.question for check in verdict.checks if not check.passed] == [question]


class TestReport:
    def test_the_report_is_plain_json_with_every_model_and_what_monotony_costs(self, compared, ranges):
        violations = {"mileage": 0}
        report = json.loads(
            json.dumps(
                report_of(compared, ranges, violations, FEW, judge(compared, ranges, violations)),
                allow_nan=False,
            )
        )
        assert set(report["models"]) == {"candidate", RIDGE, ONE_PRICE}
        cost = np.mean(errors_of(compared.candidate, METRIC)[:PARTS]) - np.mean(
            errors_of(compared.unconstrained, METRIC)
        )
        assert report["cost_of_monotone_rmse"]["mean"] == pytest.approx(cost, abs=1e-4)

    def test_metrics_say_by_their_name_which_way_is_better(self, compared, ranges):
        metrics = metrics_of(compared, ranges)
        assert all(name.endswith(("_error", "_score")) for name in metrics)
        assert metrics["rmse_error"] == pytest.approx(np.mean(errors_of(compared.candidate, METRIC)))


def test_progress_counts_every_fit():
    class Watched:
        """Counts what is promised and what is done."""

        def __init__(self) -> None:
            self.promised: dict[str, int] = {}
            self.done: dict[str, int] = {}
            self.name = ""

        def stage(self, name, *, total, unit):
            self.name, self.promised[name], self.done[name] = name, total, 0
            return self

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def advance(self, count=1):
            self.done[self.name] += count

    watched = Watched()
    table = small_table(120)
    recipe, splits = replace(FEW, trees=2), splits_of(table)
    fits = cross_fit(table, recipe, splits, watched)
    compare(table, recipe, splits, fits, watched)
    measure_range(table, recipe, splits, fits, watched)
    assert watched.done == watched.promised

"""What a price model is worth: repeated cross-validation beside plain models, coverage, monotonicity, the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.contracts import ListColumn
from drivetrain.lifecycle.learning.evaluation import (
    ErrorComparison,
    Predict,
    RangeReport,
    Segment,
    Split,
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
from drivetrain.lifecycle.learning.features import FloatArray, take
from drivetrain.lifecycle.learning.gate import Verdict
from drivetrain.lifecycle.learning.training import TrainingTable, side_by_side
from drivetrain.lifecycle.learning.validation import Folds, IndexArray, mean_over_folds, point_errors, twins
from drivetrain.rental.price.model.contract import CURRENCY, RENTAL_PRICE
from drivetrain.rental.price.model.estimator import PointFit, fit_point, fit_range
from drivetrain.rental.price.model.features import price_encoder
from drivetrain.rental.price.model.recipe import POWER, PriceRecipe

PARTS = 5
REPEATS = 4
RANGE_REPEATS = 2
FOLD_SEED = 20_260
"""Of the folds that are reported; the recipe was chosen on folds of other seeds."""

SEGMENT_ROWS = 100
LOWEST_COVERAGE, HIGHEST_COVERAGE = 0.88, 0.92
LOWEST_SEGMENT_COVERAGE = 0.86

METRIC = "rmse_error"
RIDGE = "ridge regression"
ONE_PRICE = "one price for all cars"
"""The mean of the training rows. Where nothing can be learned, ridge regression fits noise and may lose to a model that
does so a little less."""

GRID_MILEAGE_KM = np.linspace(0, 500_000, 41)
GRID_POWER_HP = np.linspace(40, 450, 31)


def splits_of(table: TrainingTable) -> list[Split]:
    """Training and test rows of every fold, repeat by repeat; cars that are equal in every input stay together."""
    return list(Folds(len(table.target), PARTS, REPEATS, FOLD_SEED, twins(table.rows)).splits())


def cross_fit(
    table: TrainingTable, recipe: PriceRecipe, splits: Sequence[Split], progress: Progress
) -> list[PointFit]:
    """The price fitted on the training rows of every fold."""
    with progress.stage("cross-validate the price", total=len(splits), unit="fits") as stage:
        return list(side_by_side(lambda split: _fit(table, split[0], recipe), splits, stage.advance))


def compare(
    table: TrainingTable,
    recipe: PriceRecipe,
    splits: Sequence[Split],
    fits: Sequence[PointFit],
    progress: Progress,
) -> ErrorComparison:
    """Judge candidate, unconstrained trees and plain models on the same folds.

    Args:
        fits: the candidate's, of every fold.
    """
    with progress.stage("compare", total=PARTS, unit="fits") as stage:
        free = replace(recipe, is_monotone=False)
        unconstrained = fold_errors(table.target, _by_recipe(table, free), splits[:PARTS], stage.advance)
    candidate = [
        point_errors(table.target[test], _ask(table, test, fit))
        for (_, test), fit in zip(splits, fits, strict=True)
    ]
    ridge = [point_errors(table.target[split[1]], _ridge(table, split)) for split in splits]
    one_price = [
        point_errors(table.target[test], np.full(len(test), table.target[train].mean()))
        for train, test in splits
    ]
    return ErrorComparison(candidate, {RIDGE: ridge, ONE_PRICE: one_price}, unconstrained)


def measure_range(
    table: TrainingTable,
    recipe: PriceRecipe,
    splits: Sequence[Split],
    fits: Sequence[PointFit],
    progress: Progress,
) -> RangeReport:
    """Calibrate inside each training fold, judge outside it, in the first repeats."""
    folds = splits[: PARTS * RANGE_REPEATS]
    with progress.stage("cross-validate the range", total=len(folds), unit="folds") as stage:
        parts = list(
            side_by_side(
                lambda fold: _range_around(table, folds[fold], fits[fold], recipe),
                range(len(folds)),
                stage.advance,
            )
        )
    order = np.concatenate([test for _, test in folds])
    price, low, high = (np.concatenate([part[index] for part in parts]) for index in range(3))
    truth = table.target[order]
    inside = (low <= truth) & (truth <= high)
    segments = covered_segments(_segments(table, order, price), inside, SEGMENT_ROWS, RANGE_REPEATS)
    ends = np.cumsum([len(test) for _, test in folds])[:-1]
    coverage = mean_over_folds([float(part.mean()) for part in np.split(inside, ends)], PARTS)
    return RangeReport(coverage, float(np.mean(high - low)), segments)


def count_violations(fit: PointFit, table: TrainingTable, recipe: PriceRecipe) -> dict[str, int]:
    """Steps on a grid over the table's rows at which the price moves the wrong way, by field of its required directions."""
    matrix = fit.encoder.matrix(table.rows)[:: max(1, len(table.target) // 500)]
    grids = {"mileage": GRID_MILEAGE_KM, "engine_power": GRID_POWER_HP}
    violations = {}
    for name, direction in recipe.required_directions.items():
        index = fit.encoder.names.index(name)
        grid = grids.get(name, np.asarray([0.0, 1.0]))
        rows = np.repeat(matrix, len(grid), axis=0)
        rows[:, index] = np.tile(grid, len(matrix))
        steps = np.diff(fit.price(rows).reshape(len(matrix), len(grid)), axis=1)
        violations[name] = int((direction * steps < 0).sum())
    return violations


def judge(compared: ErrorComparison, ranges: RangeReport, violations: dict[str, int]) -> Verdict:
    """Ask the questions of the gate."""
    return Verdict(
        (
            compared.better_than(RIDGE, METRIC, PARTS),
            compared.better_than(ONE_PRICE, METRIC, PARTS),
            ranges.covers(LOWEST_COVERAGE, HIGHEST_COVERAGE),
            ranges.covers_segments(SEGMENT_ROWS, LOWEST_SEGMENT_COVERAGE),
            no_violations("no price moves the wrong way", violations),
        )
    )


def report_of(
    compared: ErrorComparison,
    ranges: RangeReport,
    violations: dict[str, int],
    recipe: PriceRecipe,
    verdict: Verdict,
) -> dict[str, object]:
    """Everything the card shows, as plain values."""
    unconstrained = errors_of(compared.unconstrained, METRIC)
    pairs = zip(compared.errors(METRIC)[: len(unconstrained)], unconstrained, strict=True)
    cost = mean_over_folds([own - free for own, free in pairs], PARTS)
    remarks = [
        f"The monotone constraints cost {cost.text()} of RMSE, by trees without them on the first {PARTS} folds.",
        "More power never lowers a price."
        if POWER in recipe.directions
        else "Power may lower a price: `engine_power` is not constrained; `drivetrain train rental-price --monotone` does.",
    ]
    return {
        **price_report(compared, ranges, verdict, parts=PARTS, remarks=remarks, unit=CURRENCY),
        "cost_of_monotone_rmse": cost.as_mean(),
        "monotone_violations": violations,
    }


def metrics_of(compared: ErrorComparison, ranges: RangeReport) -> dict[str, float]:
    """The metrics by which versions are compared."""
    return price_metrics(compared, ranges, PARTS)


def held_out_range(
    table: TrainingTable, split: Split, recipe: PriceRecipe
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Price, low and high of the test rows, fitted and calibrated on the training rows; each of shape (n_test,)."""
    return _range_around(table, split, _fit(table, split[0], recipe), recipe)


def _range_around(
    table: TrainingTable, split: Split, point: PointFit, recipe: PriceRecipe
) -> tuple[FloatArray, FloatArray, FloatArray]:
    train, test = split
    ranges = fit_range(take(table.rows, train), table.target[train], point, recipe)
    matrix = point.encoder.matrix(take(table.rows, test))
    price = point.price(matrix)
    return price, *ranges.bounds(matrix, price)


def _by_recipe(table: TrainingTable, recipe: PriceRecipe) -> Predict:
    return lambda split: _ask(table, split[1], _fit(table, split[0], recipe))


def _fit(table: TrainingTable, train: IndexArray, recipe: PriceRecipe) -> PointFit:
    return fit_point(take(table.rows, train), table.target[train], recipe)


def _ask(table: TrainingTable, test: IndexArray, fit: PointFit) -> FloatArray:
    return fit.price(fit.encoder.matrix(take(table.rows, test)))


def _ridge(table: TrainingTable, split: Split) -> FloatArray:
    train, _ = split
    encoder = price_encoder(take(table.rows, train), PriceRecipe())
    train_matrix, test_matrix = (one_hot(encoder, encoder.matrix(take(table.rows, index))) for index in split)
    return ridge_prediction(train_matrix, table.target[train], test_matrix, penalty=1.0)


def _segments(table: TrainingTable, order: IndexArray, price: FloatArray) -> list[Segment]:
    """Words, flags, and fifths of mileage, power and price, as masks over the rows in ``order``."""
    segments: list[Segment] = []
    for column in RENTAL_PRICE.columns:
        values = np.asarray([table.rows[column.name][row] for row in order])
        if column.name in {"mileage", "engine_power"}:
            segments += fifths(column.name, values.astype(np.float64))
        else:
            names = [*column.values] if isinstance(column, ListColumn) else [True, False]
            segments += [(f"{column.name}={name}", values == name) for name in names]
    return segments + fifths("price", price)

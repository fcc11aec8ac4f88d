"""What a used-car model is worth: cross-validation beside plain models, coverage, monotonicity, the gate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drivetrain.core.progress import Progress
from drivetrain.core.statistics import Estimate, share_of
from drivetrain.lifecycle.learning.evaluation import (
    BoolArray,
    ErrorComparison,
    FoldErrors,
    Predict,
    RangeReport,
    Split,
    covered_segments,
    errors_of,
    fold_errors,
    no_violations,
    price_metrics,
    price_report,
)
from drivetrain.lifecycle.learning.features import FloatArray, take
from drivetrain.lifecycle.learning.gate import Verdict
from drivetrain.lifecycle.learning.training import TrainingTable, side_by_side
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import IndexArray, mean_over_folds, point_errors
from drivetrain.resale.used.model.baseline import by_ridge, segments_of
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import Country
from drivetrain.resale.used.model.estimator import (
    Listings,
    complete_and_masked,
    fit_range,
    fit_to_ask_once,
    listings_of,
)
from drivetrain.resale.used.model.features import used_matrix
from drivetrain.resale.used.model.recipe import UsedCarRecipe

PARTS = 5
FOLD_SEED = 20_260
"""Of the folds that are reported; the recipes were chosen on folds of other seeds."""

CROSS_VALIDATED_ROWS = 20_000
"""The partition into five is repeated until so many rows were asked: once for a long table, four times at
most."""

MOST_REPEATS = 4
RANGE_ROWS = 4_500
MOST_RANGE_FOLDS = PARTS
"""The range is judged on about so many held-out rows, in whole folds: each needs a calibration of its own, which costs as
much as four folds of the price. A random fifth of the British table is enough to know its coverage to half a
percent."""

UNCONSTRAINED_FOLDS = 1
"""Folds on which the same trees are fitted without constraints, to tell what these cost."""

SEGMENT_ROWS = 200
LOWEST_COVERAGE, HIGHEST_COVERAGE = 0.88, 0.92
LOWEST_SEGMENT_COVERAGE = 0.86

GRID_ROWS = 500
GRID_POINTS = 60

METRIC = "mae_error"
"""A fold's squared errors depend on its few dearest cars."""

RIDGE = "ridge regression"


@dataclass(frozen=True, slots=True)
class HeldOutFold:
    """What a model that did not see them says of some rows.

    Attributes:
        rows: indices, ascending, shape (n_test,).
        log_prices: for each way of ``complete_and_masked``, one for each of these rows that is asked that way.
        errors: of the rows as they are, in the currency.
    """

    rows: IndexArray
    log_prices: tuple[FloatArray, ...]
    errors: FoldErrors


@dataclass(frozen=True, slots=True)
class ListingsRangeReport(RangeReport):
    """How the range did on rows that neither the price nor its calibration had seen.

    Attributes:
        poorer: share of prices inside, of rows without half of their optional values.
        relative_width: mean, as a share of the price.
        rows: held-out listings on which it was judged.
    """

    poorer: Estimate
    relative_width: float
    rows: int


def splits_of(listings: Listings) -> list[Split]:
    """Training and test rows of every fold, repeat by repeat; cars that are equal in every input stay together."""
    repeats = max(1, min(MOST_REPEATS, CROSS_VALIDATED_ROWS // len(listings)))
    splits: list[Split] = []
    for repeat in range(repeats):
        parts = listings.parts(PARTS, FOLD_SEED + repeat)
        splits += [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(PARTS)]
    return splits


def measure(
    listings: Listings, recipe: UsedCarRecipe, splits: Sequence[Split], progress: Progress
) -> list[HeldOutFold]:
    """Fit on the training rows of every fold, and ask for the others."""
    masked = complete_and_masked(listings, recipe)

    def one(split: Split) -> HeldOutFold:
        train, test = split
        ask, is_test = fit_to_ask_once(listings.at(train), recipe), _mask(listings, test)
        log_prices = tuple(ask(rows.among(is_test)[1]) for rows in masked)
        return HeldOutFold(test, log_prices, point_errors(listings.price[test], np.exp(log_prices[0])))

    with progress.stage("cross-validate the price", total=len(splits), unit="fits") as stage:
        return list(side_by_side(one, splits, stage.advance))


def compare(
    listings: Listings,
    recipe: UsedCarRecipe,
    splits: Sequence[Split],
    held_out: Sequence[HeldOutFold],
    progress: Progress,
) -> ErrorComparison:
    """Fit ridge regression and unconstrained trees on the same folds."""
    total = len(splits) + UNCONSTRAINED_FOLDS
    with progress.stage("compare", total=total, unit="fits") as stage:

        def errors(predict: Predict, folds: Sequence[Split] = splits) -> list[FoldErrors]:
            return fold_errors(listings.price, predict, folds, stage.advance)

        candidate = [part.errors for part in held_out]
        unconstrained = replace(recipe, is_monotone=False)
        return ErrorComparison(
            candidate,
            {RIDGE: errors(by_ridge(listings))},
            errors(_by_trees(listings, unconstrained), splits[:UNCONSTRAINED_FOLDS]),
        )


def measure_range(
    listings: Listings,
    recipe: UsedCarRecipe,
    splits: Sequence[Split],
    held_out: Sequence[HeldOutFold],
    progress: Progress,
) -> ListingsRangeReport:
    """Calibrate inside each training fold, judge outside it, on the first folds."""
    folds = min(MOST_RANGE_FOLDS, math.ceil(RANGE_ROWS * PARTS / len(listings)))
    masked = complete_and_masked(listings, recipe)

    def one(fold: int) -> tuple[BoolArray, BoolArray, FloatArray]:
        (train, test), part = splits[fold], held_out[fold]
        ranges = fit_range(listings.at(train), recipe, with_strangers=False).ranges(listings.index)
        inside, widths = [], []
        for rows, log_price in zip(masked, part.log_prices, strict=True):
            positions, matrix = rows.among(_mask(listings, test))
            low, high = ranges.bounds(matrix, log_price)
            price = listings.price[rows.rows[positions]]
            inside.append((low <= price) & (price <= high))
            widths.append(high - low)
        return inside[0], inside[1], widths[0]

    with progress.stage("cross-validate the range", total=folds, unit="folds") as stage:
        judged = list(side_by_side(one, range(folds), stage.advance))
    inside = np.concatenate([as_is for as_is, _, _ in judged])
    width = np.concatenate([width for _, _, width in judged])
    order = np.concatenate([part.rows for part in held_out[:folds]])
    price = np.exp(np.concatenate([part.log_prices[0] for part in held_out[:folds]]))
    return ListingsRangeReport(
        coverage=_share([as_is for as_is, _, _ in judged]),
        poorer=_share([poorer for _, poorer, _ in judged]),
        width=float(width.mean()),
        relative_width=float((width / price).mean()),
        rows=len(order),
        segments=covered_segments(segments_of(listings, order, price), inside, SEGMENT_ROWS),
    )


def held_out_range(
    table: TrainingTable, country: Country, split: Split, recipe: UsedCarRecipe
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value, low and high of the test rows, fitted and calibrated on the training rows; each of shape (n_test,).

    Names are learned from the training rows alone, and cars that these do not know get the factors of such.
    """
    contract = CONTRACTS[country.code]
    rows, asked = (take(table.rows, part) for part in split)
    listings = listings_of(TrainingTable(rows, table.target[split[0]]), contract, country, recipe)
    matrix = used_matrix(listings.encoder, asked)
    log_price = fit_to_ask_once(listings, recipe)(matrix)
    low, high = fit_range(listings, recipe).ranges(listings.index).bounds(matrix, log_price)
    return np.exp(log_price), low, high


def count_violations(trees: Trees, listings: Listings) -> dict[str, int]:
    """Steps on a grid over the table's rows at which more distance, or an earlier year, is dearer."""
    index, country = listings.index, listings.country
    matrix = listings.matrix[:: max(1, len(listings) // GRID_ROWS)]
    distance, year = listings.matrix[:, index.distance], listings.matrix[:, index.year]
    even = np.linspace(0, 1.5 * distance.max(), GRID_POINTS)
    grids = {
        country.distance: (
            index.distance,
            np.unique([*even, *np.quantile(distance, np.linspace(0, 1, GRID_POINTS))]),
        ),
        "year": (index.year, np.arange(year.min() - 1, country.reference_year + 1)),
    }
    violations = {}
    for name, (column, grid) in grids.items():
        rows = np.repeat(matrix, len(grid), axis=0)
        rows[:, column] = np.tile(grid, len(matrix))
        steps = np.diff(trees.predict(rows).reshape(len(matrix), len(grid)), axis=1)
        violations[name] = int((steps * index.directions[column] < 0).sum())
    return violations


def judge(compared: ErrorComparison, ranges: RangeReport, violations: dict[str, int]) -> Verdict:
    """Ask the questions of the gate."""
    return Verdict(
        (
            compared.better_than(RIDGE, METRIC, PARTS),
            ranges.covers(LOWEST_COVERAGE, HIGHEST_COVERAGE),
            ranges.covers_segments(SEGMENT_ROWS, LOWEST_SEGMENT_COVERAGE),
            no_violations("more distance or age is never dearer", violations),
        )
    )


def report_of(
    listings: Listings,
    compared: ErrorComparison,
    ranges: ListingsRangeReport,
    violations: dict[str, int],
    verdict: Verdict,
) -> dict[str, object]:
    """Everything the card shows, as plain values."""
    unconstrained = errors_of(compared.unconstrained, METRIC)
    cost = float(np.mean(np.subtract(compared.errors(METRIC)[: len(unconstrained)], unconstrained)))
    currency = listings.country.currency
    distinct = len(np.unique(listings.group))
    remarks = [
        f"Prices in {currency} as asked in {listings.country.reference_year}; {distinct:,} different cars.",
        f"The monotone constraints cost {cost:,.0f} {currency} of MAE (folds: {len(unconstrained)}).",
        f"Asked without half of the optional values, the range covers {ranges.poorer.value:.1%}.",
        f"The range was judged on {ranges.rows:,} held-out listings; it is {ranges.relative_width:.0%} of the price wide "
        "on average.",
    ]
    shown = replace(compared, baselines={f"{RIDGE} on log price": compared.baselines[RIDGE]})
    folds = "cross-validation, cars that are equal in every input in one fold"
    return {
        **price_report(shown, ranges, verdict, parts=PARTS, remarks=remarks, unit=currency, folds=folds),
        "monotone_violations": violations,
    }


def metrics_of(compared: ErrorComparison, ranges: RangeReport) -> dict[str, float]:
    """The metrics by which versions are compared."""
    return price_metrics(compared, ranges, PARTS)


def _share(inside: Sequence[BoolArray]) -> Estimate:
    """The share of rows inside, fold by fold; two folds tell no spread, so that there the rows must."""
    if len(inside) >= PARTS:
        return mean_over_folds([float(fold.mean()) for fold in inside], PARTS)
    rows = np.concatenate(inside)
    return share_of(int(rows.sum()), len(rows))


def _mask(listings: Listings, rows: IndexArray) -> BoolArray:
    mask = np.zeros(len(listings), dtype=np.bool_)
    mask[rows] = True
    return mask


def _by_trees(listings: Listings, recipe: UsedCarRecipe) -> Predict:
    def predict(split: Split) -> FloatArray:
        train, test = split
        return np.exp(fit_to_ask_once(listings.at(train), recipe)(listings.matrix[test]))

    return predict

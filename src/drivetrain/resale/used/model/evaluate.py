"""What a used-car model is worth: cross-validation beside plain models, coverage, monotonicity, the gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.core.statistics import Estimate, share_of
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.gate import Check, Verdict, beats_baseline, holds_against_champion
from drivetrain.lifecycle.learning.training import side_by_side
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import (
    IndexArray,
    mean_over_folds,
    point_errors,
    summarize,
)
from drivetrain.resale.used.model.baseline import Split, by_ridge, segments_of
from drivetrain.resale.used.model.estimator import Listings, asked_both_ways, fit_point, fit_range
from drivetrain.resale.used.model.recipe import UsedCarRecipe

PARTS = 5
FOLD_SEED = 20_260
"""Of the folds that are reported; the recipes were chosen on folds of other seeds."""

CROSS_VALIDATED_ROWS = 20_000
"""The partition into five is repeated until so many rows were asked: once for a long table, four times at
most."""

MOST_REPEATS = 4
RANGE_ROWS = 5_000
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

FoldErrors = dict[str, float]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a model that did not see them says of some rows.

    Attributes:
        rows: indices, ascending, shape (n_test,).
        log_prices: for each way of ``asked_both_ways``, one for each of these rows that is asked that way.
        errors: of the rows as they are, in the currency.
    """

    rows: IndexArray
    log_prices: tuple[FloatArray, ...]
    errors: FoldErrors


@dataclass(frozen=True, slots=True)
class Compared:
    """Errors fold by fold, the same folds for all; the unconstrained trees only on the first ones."""

    candidate: list[FoldErrors]
    unconstrained: list[FoldErrors]
    ridge: list[FoldErrors]
    champion: list[FoldErrors] | None

    @staticmethod
    def mae(folds: Sequence[FoldErrors]) -> list[float]:
        """The mean absolute errors alone; a fold's squared errors hang on its few dearest cars."""
        return [fold["mae_error"] for fold in folds]


@dataclass(frozen=True, slots=True)
class RangeReport:
    """How the range did on rows that neither the price nor its calibration had seen.

    Attributes:
        coverage, poorer: share of prices inside, of rows as they are and of rows without half of their
            optional values.
        width: mean, in the currency.
        relative_width: mean, as a share of the price.
        rows: held-out listings on which it was judged.
        segments: name to rows and coverage, for segments of ``SEGMENT_ROWS`` rows or more.
    """

    coverage: Estimate
    poorer: Estimate
    width: float
    relative_width: float
    rows: int
    segments: dict[str, tuple[int, float]]

    @property
    def worst_segment(self) -> tuple[str, float]:
        """The segment that is covered least."""
        name = min(self.segments, key=lambda name: self.segments[name][1], default="all")
        return name, self.segments[name][1] if self.segments else self.coverage.value


def splits_of(listings: Listings) -> list[Split]:
    """Training and test rows of every fold, repeat by repeat; exact repeats of a listing stay together."""
    repeats = max(1, min(MOST_REPEATS, CROSS_VALIDATED_ROWS // len(listings)))
    found = []
    for repeat in range(repeats):
        parts = listings.parts(PARTS, FOLD_SEED + repeat)
        found += [(np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in range(PARTS)]
    return found


def measure(
    listings: Listings, recipe: UsedCarRecipe, splits: Sequence[Split], progress: Progress
) -> list[HeldOut]:
    """Fit on the training rows of every fold, and ask for the others."""
    asked = asked_both_ways(listings, recipe)

    def one(split: Split) -> HeldOut:
        train, test = split
        trees, is_test = Trees(fit_point(listings.at(train), recipe)), _mask(listings, test)
        log_prices = tuple(trees.predict(each.among(is_test)[1]) for each in asked)
        return HeldOut(test, log_prices, point_errors(listings.price[test], np.exp(log_prices[0])))

    with progress.stage("cross-validate the price", total=len(splits), unit="fits") as stage:
        return list(side_by_side(one, splits, stage.advance))


def compare(
    listings: Listings,
    recipe: UsedCarRecipe,
    champion: UsedCarRecipe | None,
    splits: Sequence[Split],
    held_out: Sequence[HeldOut],
    progress: Progress,
) -> Compared:
    """Fit ridge regression, unconstrained trees and the champion's recipe on the same folds."""
    rival = champion if champion is not None and champion != recipe else None
    total = len(splits) * (1 + (rival is not None)) + UNCONSTRAINED_FOLDS
    with progress.stage("compare", total=total, unit="fits") as stage:

        def errors_of(predict: Callable[[Split], FloatArray], folds: Sequence[Split]) -> list[FoldErrors]:
            def one(split: Split) -> FoldErrors:
                return point_errors(listings.price[split[1]], predict(split))

            return list(side_by_side(one, folds, stage.advance))

        candidate = [part.errors for part in held_out]
        unconstrained = _by_trees(listings, replace(recipe, is_monotone=False))
        return Compared(
            candidate=candidate,
            unconstrained=errors_of(unconstrained, splits[:UNCONSTRAINED_FOLDS]),
            ridge=errors_of(by_ridge(listings), splits),
            champion=None
            if champion is None
            else candidate
            if rival is None
            else errors_of(_by_trees(listings, rival), splits),
        )


def measure_range(
    listings: Listings,
    recipe: UsedCarRecipe,
    splits: Sequence[Split],
    held_out: Sequence[HeldOut],
    progress: Progress,
) -> RangeReport:
    """Calibrate inside each training fold, judge outside it, on the first folds."""
    folds = min(MOST_RANGE_FOLDS, math.ceil(RANGE_ROWS * PARTS / len(listings)))
    asked = asked_both_ways(listings, recipe)

    def one(fold: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_], FloatArray]:
        (train, test), part = splits[fold], held_out[fold]
        ranges = fit_range(listings.at(train), recipe, with_strangers=False).ranges(listings.places)
        inside, widths = [], []
        for each, log_price in zip(asked, part.log_prices, strict=True):
            places, matrix = each.among(_mask(listings, test))
            low, high = ranges.bounds(matrix, log_price)
            price = listings.price[each.rows[places]]
            inside.append((low <= price) & (price <= high))
            widths.append(high - low)
        return inside[0], inside[1], widths[0]

    with progress.stage("cross-validate the range", total=folds, unit="folds") as stage:
        judged = list(side_by_side(one, range(folds), stage.advance))
    inside = np.concatenate([as_is for as_is, _, _ in judged])
    width = np.concatenate([width for _, _, width in judged])
    order = np.concatenate([part.rows for part in held_out[:folds]])
    price = np.exp(np.concatenate([part.log_prices[0] for part in held_out[:folds]]))
    return RangeReport(
        coverage=_share([as_is for as_is, _, _ in judged]),
        poorer=_share([poorer for _, poorer, _ in judged]),
        width=float(width.mean()),
        relative_width=float((width / price).mean()),
        rows=len(order),
        segments={
            name: (int(member.sum()), float(inside[member].mean()))
            for name, member in segments_of(listings, order, price)
            if member.sum() >= SEGMENT_ROWS
        },
    )


def count_violations(trees: Trees, listings: Listings) -> dict[str, int]:
    """Steps on a grid over the table's rows at which more distance, or an earlier year, is dearer."""
    places, market = listings.places, listings.market
    matrix = listings.matrix[:: max(1, len(listings) // GRID_ROWS)]
    distance, year = listings.matrix[:, places.distance], listings.matrix[:, places.year]
    even = np.linspace(0, 1.5 * distance.max(), GRID_POINTS)
    grids = {
        market.distance: (
            places.distance,
            np.unique([*even, *np.quantile(distance, np.linspace(0, 1, GRID_POINTS))]),
        ),
        "year": (places.year, np.arange(year.min() - 1, market.reference_year + 1)),
    }
    violations = {}
    for name, (column, grid) in grids.items():
        rows = np.repeat(matrix, len(grid), axis=0)
        rows[:, column] = np.tile(grid, len(matrix))
        steps = np.diff(trees.predict(rows).reshape(len(matrix), len(grid)), axis=1)
        violations[name] = int((steps * places.directions[column] < 0).sum())
    return violations


def judge(compared: Compared, ranges: RangeReport, violations: dict[str, int]) -> Verdict:
    """Put the figures before the gate."""
    worst, worst_coverage = ranges.worst_segment
    candidate = Compared.mae(compared.candidate)
    checks = [
        beats_baseline(candidate, Compared.mae(compared.ridge), PARTS, "ridge regression", measure="MAE"),
        Check(
            f"range covers {LOWEST_COVERAGE:.0%} to {HIGHEST_COVERAGE:.0%}",
            LOWEST_COVERAGE <= ranges.coverage.value <= HIGHEST_COVERAGE,
            f"{ranges.coverage.value:.1%}",
        ),
        Check(
            f"every segment of {SEGMENT_ROWS} rows covered at {LOWEST_SEGMENT_COVERAGE:.0%}",
            worst_coverage >= LOWEST_SEGMENT_COVERAGE,
            f"least {worst_coverage:.1%} at {worst}",
        ),
        Check(
            "more distance or age is never dearer",
            sum(violations.values()) == 0,
            f"{sum(violations.values())} violations",
        ),
    ]
    if compared.champion is not None:
        checks.append(
            holds_against_champion(candidate, Compared.mae(compared.champion), PARTS, measure="MAE")
        )
    return Verdict(tuple(checks))


def report_of(
    listings: Listings, compared: Compared, ranges: RangeReport, violations: dict[str, int], verdict: Verdict
) -> dict[str, Any]:
    """Everything the card shows, as plain values."""
    models = {
        "candidate": compared.candidate,
        "ridge regression on log price": compared.ridge,
        **({"champion's recipe": compared.champion} if compared.champion is not None else {}),
    }
    repeats = len(compared.candidate) // PARTS
    without = Compared.mae(compared.unconstrained)
    cost = float(np.mean(np.subtract(Compared.mae(compared.candidate)[: len(without)], without)))
    currency = listings.market.currency
    distinct = len(np.unique(listings.group))
    return {
        "validation": f"{repeats} x {PARTS}-fold cross-validation, exact repeats of a listing in one fold; intervals of 95 % "
        "(Nadeau and Bengio)",
        "models": {
            name: {metric: value.as_mean() for metric, value in summarize(folds, PARTS).items()}
            for name, folds in models.items()
        },
        "remarks": [
            f"Prices in {currency} as asked in {listings.market.reference_year}; {distinct:,} different listings.",
            f"The monotone constraints cost {cost:,.0f} {currency} of MAE (folds: {len(without)}).",
            f"Asked without half of the optional values, the range covers {ranges.poorer.value:.1%}.",
            f"The range was judged on {ranges.rows:,} held-out listings; it is {ranges.relative_width:.0%} of the price wide "
            "on average.",
        ],
        "range": {
            "coverage": ranges.coverage.as_mean(),
            "mean_width": round(ranges.width, 2),
            "unit": currency,
            "segments": {
                name: {"rows": rows, "coverage": share} for name, (rows, share) in ranges.segments.items()
            },
        },
        "monotone_violations": violations,
        "gate": verdict.as_dict(),
    }


def metrics_of(compared: Compared, ranges: RangeReport) -> dict[str, float]:
    """The figures by which versions are compared."""
    means = {name: value.value for name, value in summarize(compared.candidate, PARTS).items()}
    return {**means, "range_coverage_score": ranges.coverage.value, "range_width_error": ranges.width}


def _share(inside: Sequence[NDArray[np.bool_]]) -> Estimate:
    """The share of rows inside, fold by fold; two folds tell no spread, so that there the rows must."""
    if len(inside) >= PARTS:
        return mean_over_folds([float(fold.mean()) for fold in inside], PARTS)
    rows = np.concatenate(inside)
    return share_of(int(rows.sum()), len(rows))


def _mask(listings: Listings, rows: IndexArray) -> NDArray[np.bool_]:
    mask = np.zeros(len(listings), dtype=np.bool_)
    mask[rows] = True
    return mask


def _by_trees(listings: Listings, recipe: UsedCarRecipe) -> Callable[[Split], FloatArray]:
    def predict(split: Split) -> FloatArray:
        train, test = split
        return np.exp(Trees(fit_point(listings.at(train), recipe)).predict(listings.matrix[test]))

    return predict

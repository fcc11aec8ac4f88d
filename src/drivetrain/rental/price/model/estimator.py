"""Fitting a price model: the price itself, then the range around it.

The range is cross-conformal. Each row's residual comes from a model that did not see the row; a small
second model learns how large residuals are for such a car, and a scale for each word and flag corrects it
where a group of cars is held less often than the others; the ratio of residual and spread, at its 95th percentile on either
side, is the factor by which the spread is multiplied. Factors differ by make where a make has rows enough, shrunk toward the
factor of all. A rare or unknown make gets the factor learned by pretending, for each make in turn, that it had never been
seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray, take
from drivetrain.lifecycle.learning.group_scales import GroupScales, fit_group_scales
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import (
    IndexArray,
    balanced_groups,
    conformal_quantile,
    random_parts,
    twins,
    weighted_quantile,
)
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.features import GROUP_FIELDS, MAKE, make_codes, price_encoder, without_make
from drivetrain.rental.price.model.formulas import bounds_around, point_price, spread_of
from drivetrain.rental.price.model.recipe import PriceRecipe

INNER_PARTS = 5
MAKE_GROUPS = 6
ROWS_FOR_OWN_FACTOR = 30
"""A make with fewer rows has too few residuals for a 95th percentile of its own."""

SHRINKAGE_ROWS = 100.0
"""Weight of the factor of all makes, in rows."""

RARE_MARGIN = 1.10
"""A rare make's range is at least this much wider than the widest of the common ones."""

FEWEST_FOR_A_MAKES_WEIGHT = 20
"""A make with fewer rows weighs less than the others: one odd car must not set the range of all unknown
makes."""

LEAST_SPREAD_EUR = 0.01
"""Residuals are divided by the spread, which must not be nothing where most prices are met exactly."""

LEAST_FACTOR = 1e-3
"""Stands for a factor of 0, where all prices were met exactly."""

UNSEEN = " unseen "
"""Stands for a make that no table holds."""

_SPREAD_PARAMS = {
    "objective": "regression",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
_SPREAD_TREES = 80
_SIDE = 1 - (1 - COVERAGE) / 2
"""Share of residuals that the range must hold on either side."""

Fitted = Callable[[], object]


@dataclass(frozen=True, slots=True)
class PointFit:
    """The model of the price, in LightGBM's text format."""

    encoder: FeatureEncoder
    trees: bytes

    def price(self, matrix: FloatArray) -> FloatArray:
        """EUR per day, shape (n_rows,)."""
        return point_price(Trees(self.trees).predict(matrix))


@dataclass(frozen=True, slots=True)
class RangeFit:
    """The model of the spread, and what to multiply it with.

    Attributes:
        trees: in LightGBM's text format.
        floor: least spread before scaling, EUR per day.
        scales: of the spread, by word and flag.
        factors: shape (n_makes + 1, 2): low and high factor by code of the make; row 0 for rare and unknown
            ones.
    """

    trees: bytes
    floor: float
    scales: GroupScales
    factors: FloatArray

    def bounds(self, matrix: FloatArray, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high, EUR per day, each of shape (n_rows,)."""
        spread = spread_of(Trees(self.trees), self.floor, self.scales, matrix)
        return bounds_around(price, spread, self.factors[make_codes(matrix)])


def fit_point(rows: Columns, target: FloatArray, recipe: PriceRecipe) -> PointFit:
    """Fit the price on rows.

    Args:
        rows: checked training rows.
        target: EUR per day, shape (n_rows,).
    """
    encoder, booster = _fit_trees(rows, target, recipe)
    return PointFit(encoder, booster.model_to_string().encode())


def _fit_trees(rows: Columns, target: FloatArray, recipe: PriceRecipe) -> tuple[FeatureEncoder, lgb.Booster]:
    encoder = price_encoder(rows, recipe)
    matrix = encoder.matrix(rows)
    masked = np.random.default_rng(recipe.seed).choice(
        len(target), int(recipe.masked_share * len(target)), replace=False
    )
    strangers = matrix[masked]
    strangers[:, MAKE] = 0.0
    data = lgb.Dataset(
        np.vstack([matrix, strangers]),
        np.concatenate([target, target[masked]]),
        categorical_feature=encoder.categorical,
        params={"verbose": -1},
    )
    return encoder, lgb.train(recipe.booster_params(encoder.names), data, recipe.trees)


def fit_range(
    rows: Columns, target: FloatArray, point: PointFit, recipe: PriceRecipe, fitted: Fitted = lambda: None
) -> RangeFit:
    """Calibrate the range around the price, by models that did not see the rows they are judged on.

    Args:
        fitted: called after each of the ``INNER_PARTS + MAKE_GROUPS`` inner fits.
    """
    matrix = point.encoder.matrix(rows)
    codes, makes = make_codes(matrix), len(point.encoder.features[MAKE].vocabulary or ())
    residuals = target - _out_of_fold(rows, target, recipe, fitted)
    strangers = target - _as_unseen_make(rows, target, recipe, fitted)
    spread = _out_of_fold_spread(matrix, np.abs(residuals), recipe, twins(rows))
    trees, floor = _fit_spread(matrix, np.abs(residuals), recipe)

    def factors(spread: FloatArray) -> FloatArray:
        return _with_rare(_factors(codes, residuals / spread, makes), strangers / spread, rows["model_key"])

    lows, highs = np.maximum(factors(spread)[codes], LEAST_FACTOR).T * spread
    scales = fit_group_scales(matrix, np.maximum(-residuals / lows, residuals / highs), GROUP_FIELDS)
    return RangeFit(trees, floor, scales, factors(spread * scales.of(matrix)))


def _out_of_fold(rows: Columns, target: FloatArray, recipe: PriceRecipe, fitted: Fitted) -> FloatArray:
    parts = random_parts(len(target), INNER_PARTS, recipe.seed + 11, twins(rows))
    return _held_out(rows, target, parts, recipe, fitted)


def _as_unseen_make(rows: Columns, target: FloatArray, recipe: PriceRecipe, fitted: Fitted) -> FloatArray:
    """Each row's price from a model that never saw the row's make, asked under an unknown one."""
    parts = balanced_groups(np.asarray(rows["model_key"]), MAKE_GROUPS)
    if not parts.any():
        # there is no other make to learn from: models that saw the make are asked as if they had not
        parts = random_parts(len(target), MAKE_GROUPS, recipe.seed + 13, twins(rows))
    hidden = {**rows, "model_key": [UNSEEN] * len(target)}
    return _held_out(rows, target, parts, recipe, fitted, queries=hidden)


def _held_out(
    rows: Columns,
    target: FloatArray,
    parts: IndexArray,
    recipe: PriceRecipe,
    fitted: Fitted,
    *,
    queries: Columns | None = None,
) -> FloatArray:
    """Each row's price from a model fitted on the other parts, asked with the row as ``queries`` has it."""
    price = np.empty(len(target))
    for part in np.unique(parts):
        inside, outside = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        encoder, booster = _fit_trees(take(rows, inside), target[inside], recipe)
        matrix = encoder.matrix(take(queries or rows, outside))
        # these trees are asked once: writing them as text and reading it again would take a tenth of the fit
        price[outside] = point_price(booster.predict(matrix, num_threads=1))
        fitted()
    return price


def _out_of_fold_spread(
    matrix: FloatArray, sizes: FloatArray, recipe: PriceRecipe, group: IndexArray
) -> FloatArray:
    parts = random_parts(len(sizes), INNER_PARTS, recipe.seed + 12, group)
    spread = np.empty(len(sizes))
    for part in np.unique(parts):
        inside, outside = parts != part, parts == part
        trees, floor = _fit_spread(matrix[inside], sizes[inside], recipe)
        spread[outside] = spread_of(Trees(trees), floor, None, matrix[outside])
    return spread


def _fit_spread(matrix: FloatArray, sizes: FloatArray, recipe: PriceRecipe) -> tuple[bytes, float]:
    """Fit the size of residuals; the largest hundredth is cut down to its edge. Gives trees and floor."""
    cut = np.minimum(sizes, np.quantile(sizes, 0.99))
    categorical = [RENTAL_PRICE.names.index(name) - 1 for name in ("fuel", "paint_color", "car_type")]
    data = lgb.Dataset(without_make(matrix), cut, categorical_feature=categorical, params={"verbose": -1})
    booster = lgb.train({**_SPREAD_PARAMS, "seed": recipe.seed}, data, _SPREAD_TREES)
    return booster.model_to_string().encode(), max(0.5 * float(np.median(cut)), LEAST_SPREAD_EUR)


def _factors(codes: IndexArray, ratios: FloatArray, makes: int) -> FloatArray:
    """Factors by code; NaN where a make has too few rows for its own."""
    overall = np.asarray([conformal_quantile(-ratios, _SIDE), conformal_quantile(ratios, _SIDE)])
    factors = np.full((makes + 1, 2), np.nan)
    for code in range(1, makes + 1):
        own = ratios[codes == code]
        if len(own) >= ROWS_FOR_OWN_FACTOR:
            weight = len(own) / (len(own) + SHRINKAGE_ROWS)
            # The plain quantile: the conformal one of so few rows would be their maximum.
            tails = np.asarray([np.quantile(-own, _SIDE), np.quantile(own, _SIDE)])
            factors[code] = weight * tails + (1 - weight) * overall
    if np.isnan(factors).all():
        factors[0] = overall
    return factors


def _with_rare(known: FloatArray, strangers: FloatArray, makes: Sequence[str]) -> FloatArray:
    """Fill the rows without a factor of their own with that of makes never seen.

    Every make weighs about the same, however many cars it has: the next unknown make is one make.

    Args:
        strangers: residual over spread, each row asked under an unknown make, shape (n_rows,).
        makes: make of each row.
    """
    counts = Counter(makes)
    weights = np.asarray([1.0 / max(counts[make], FEWEST_FOR_A_MAKES_WEIGHT) for make in makes])
    tails = [weighted_quantile(signed, weights, _SIDE) for signed in (-strangers, strangers)]
    rare = np.maximum(tails, RARE_MARGIN * np.nanmax(known, axis=0))
    factors = np.where(np.isnan(known), rare, known)
    factors[0] = rare
    return np.maximum(factors, 0.0)

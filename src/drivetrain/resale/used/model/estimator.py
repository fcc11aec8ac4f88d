"""Fitting a used-car model: the log price, then the range around it.

The range is cross-conformal. Each row's residual comes from a model that did not see the row; a small second
model learns how large residuals are for such a car; the ratio of the two, at its 95th percentile on either
side, is the factor by which the spread is multiplied. A scale for each word and year widens the range of groups of cars
that it holds too seldom, and narrows that of groups that it holds more often than is promised. A model or make that the
table does not hold gets the factor learned by leaving whole models, and whole makes, out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.learning.features import FeatureEncoder, FloatArray
from drivetrain.lifecycle.learning.group_scales import GroupField, GroupScales, fit_group_scales
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import (
    IndexArray,
    balanced_groups,
    conformal_quantile,
    random_parts,
    twins,
    weighted_quantile,
)
from drivetrain.resale.used.model.countries import Country
from drivetrain.resale.used.model.features import (
    KNOWN,
    NEW_MAKE,
    NEW_MODEL,
    FeatureIndex,
    familiarity,
    feature_index,
    group_fields,
    used_encoder,
    used_matrix,
    with_hidden,
    with_unknown,
)
from drivetrain.resale.used.model.formulas import Ranges, range_matrix
from drivetrain.resale.used.model.recipe import UsedCarRecipe

INNER_PARTS = 4
NAME_GROUPS = 4
MOST_STRANGERS = 12_000
"""Rows, drawn at random, from which the factors of unknown models and makes are learned: their figure is a quantile over
a hundred models, which more rows of each do not sharpen."""

MOST_POORER = 10_000
"""Rows, drawn at random, that are also asked without some of their optional values."""

FEWEST_FOR_A_NAMES_WEIGHT = 20
"""A model with fewer rows weighs less than the others: one odd car must not set the range of all unknown
models."""

STRANGER_MARGIN = 1.1
"""The range of an unknown model is at least this much wider than that of a known one; an unknown make's than
a model's."""

LEAST_FACTOR = 0.001
"""A range is never nothing, although most prices of a table may be met exactly."""

_SPREAD_PARAMS = {
    "objective": "regression",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 60,
    "cat_smooth": 50.0,
    "cat_l2": 20.0,
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
_MOST_SPREAD_ROWS = 40_000
"""Rows, drawn at random, from which the size of residuals is learned: a smooth thing, which more rows do not
sharpen."""

_SIDE = 1 - (1 - COVERAGE) / 2
"""Share of residuals that the range must hold on either side."""

Fitted = Callable[[], object]


def _nobody_watches() -> None:
    """Progress that nobody shows."""


@dataclass(frozen=True, slots=True)
class Listings:
    """A training table as numbers.

    Attributes:
        matrix: shape (n_rows, n_features).
        price: in the currency, shape (n_rows,).
        group: rows that are equal in every input share a number, shape (n_rows,). One must not stand in the
            training part while its twin is asked in the test part.
        encoder: learned from all rows. It looks at how often names occur and at no price, so that folds may
            share it.
    """

    country: Country
    encoder: FeatureEncoder
    index: FeatureIndex
    group_fields: Sequence[GroupField]
    matrix: FloatArray
    price: FloatArray
    group: IndexArray

    def __len__(self) -> int:
        return len(self.price)

    def at(self, rows: IndexArray) -> Listings:
        """Some of the rows."""
        return replace(self, matrix=self.matrix[rows], price=self.price[rows], group=self.group[rows])

    def parts(self, count: int, seed: int) -> IndexArray:
        """Random parts of nearly equal size that keep twins together, shape (n_rows,)."""
        _, group = np.unique(self.group, return_inverse=True)
        return random_parts(int(group.max()) + 1, count, seed)[group]


def listings_of(
    table: TrainingTable, contract: Contract, country: Country, recipe: UsedCarRecipe
) -> Listings:
    """Turn checked rows into numbers."""
    encoder = used_encoder(contract, country, table.rows, recipe.fewest_rows_of_name)
    group = twins({name: table.rows[name] for name in contract.names})
    index, fields = feature_index(contract, encoder, country), group_fields(contract, encoder, country)
    return Listings(country, encoder, index, fields, used_matrix(encoder, table.rows), table.target, group)


@dataclass(frozen=True, slots=True)
class RangeFit:
    """The range as it is stored: see ``formulas.Ranges``."""

    trees: bytes
    floor: float
    factors: FloatArray
    scales: GroupScales

    def ranges(self, index: FeatureIndex) -> Ranges:
        """Ready to be asked."""
        return Ranges(Trees(self.trees), self.floor, self.factors, self.scales, index)


def fit_point(listings: Listings, recipe: UsedCarRecipe) -> bytes:
    """Fit the log price; trees in LightGBM's text format."""
    return _fit_trees(listings, recipe).model_to_string().encode()  # type: ignore[no-any-return]


def fit_to_ask_once(listings: Listings, recipe: UsedCarRecipe) -> Callable[[FloatArray], FloatArray]:
    """Fit the log price for one question: a function of a matrix of shape (n_rows, n_features), the bits of ``Trees``.

    ``Trees`` prepares for many rows that others will follow, which takes longer than the fit.
    """
    booster = _fit_trees(listings, recipe)

    def log_price(matrix: FloatArray) -> FloatArray:
        return np.asarray(booster.predict(matrix, num_threads=1), dtype=np.float64)

    return log_price


def _fit_trees(listings: Listings, recipe: UsedCarRecipe) -> lgb.Booster:
    index, count = listings.index, len(listings)
    rng = np.random.default_rng(recipe.seed)
    masked = rng.choice(count, int(recipe.masked_share * count), replace=False)
    makeless = masked[: len(masked) // 4]
    poorer = rng.choice(count, int(recipe.hidden_share * count), replace=False)
    is_hidden = rng.random((len(poorer), len(index.hidden))) < 0.5
    matrix = np.vstack(
        [
            listings.matrix,
            with_unknown(listings.matrix[masked[len(makeless) :]], index, make=False),
            with_unknown(listings.matrix[makeless], index, make=True),
            with_hidden(listings.matrix[poorer], index, is_hidden),
        ]
    )
    price = listings.price[np.concatenate([np.arange(count), masked[len(makeless) :], makeless, poorer])]
    weight = (price / listings.price.mean()) ** recipe.price_weight
    params = recipe.booster_params(list(index.directions))
    data = lgb.Dataset(
        matrix,
        np.log(price),
        weight=weight,
        categorical_feature=list(index.categorical),
        params={"verbose": -1},
    )
    return lgb.train(params, data, recipe.trees)


@dataclass(frozen=True, slots=True)
class MaskedRows:
    """Some of the listings, complete or without some of their values, as a model is asked with them.

    Attributes:
        rows: indices, ascending, shape (n_rows,).
        matrix: shape (n_asked, n_features).
    """

    rows: IndexArray
    matrix: FloatArray

    def among(self, is_wanted: NDArray[np.bool_]) -> tuple[IndexArray, FloatArray]:
        """Positions, among these rows, of the wanted listings, and their part of the matrix."""
        positions = np.flatnonzero(is_wanted[self.rows])
        return positions, self.matrix[positions]


def complete_and_masked(listings: Listings, recipe: UsedCarRecipe) -> tuple[MaskedRows, MaskedRows]:
    """Every row as it is, and some without about half of their optional values, as people ask who do not know them."""
    rng = np.random.default_rng(recipe.seed + 14)
    some = np.sort(rng.permutation(len(listings))[:MOST_POORER])
    is_hidden = rng.random((len(some), len(listings.index.hidden))) < 0.5
    poorer = with_hidden(listings.matrix[some], listings.index, is_hidden)
    return MaskedRows(np.arange(len(listings)), listings.matrix), MaskedRows(some, poorer)


def out_of_fold(
    listings: Listings, recipe: UsedCarRecipe, parts: IndexArray, masked: Sequence[MaskedRows], fitted: Fitted
) -> list[FloatArray]:
    """Log prices from models fitted on the other parts; for each of ``masked``, shape (n_rows,)."""
    log_prices = [np.empty(len(rows.rows)) for rows in masked]
    for part in np.unique(parts):
        ask = fit_to_ask_once(listings.at(np.flatnonzero(parts != part)), recipe)
        for log_price, rows in zip(log_prices, masked, strict=True):
            positions, matrix = rows.among(parts == part)
            log_price[positions] = ask(matrix)
        fitted()
    return log_prices


def fit_range(
    listings: Listings,
    recipe: UsedCarRecipe,
    held_out: Sequence[FloatArray] | None = None,
    *,
    with_strangers: bool = True,
    fitted: Fitted = _nobody_watches,
) -> RangeFit:
    """Fit the range.

    Args:
        held_out: for each way of ``complete_and_masked`` the log prices from models that did not see the row;
            None to work them out.
        with_strangers: False to give cars that are not known the factors of known ones; only for measuring
            the others.
        fitted: called after each fit of the price.
    """
    masked = complete_and_masked(listings, recipe)
    if held_out is None:
        parts = listings.parts(INNER_PARTS, recipe.seed + 11)
        held_out = out_of_fold(listings, recipe, parts, masked, fitted)
    pairs = list(zip(masked, held_out, strict=True))
    residual = [np.log(listings.price[rows.rows]) - log_price for rows, log_price in pairs]
    inputs = [
        MaskedRows(rows.rows, range_matrix(rows.matrix, log_price, listings.index))
        for rows, log_price in pairs
    ]
    sizes = np.abs(np.concatenate(residual))
    trees, floor = _fit_spread(np.vstack([rows.matrix for rows in inputs]), sizes, listings.index, recipe)
    ratios = residual[0] / _out_of_fold_spread(listings, inputs, residual, recipe)
    below, above = _known_factors(ratios)
    reach = np.maximum(-ratios / below, ratios / above)
    # of the others the factors alone widen the range: a scale of rare makes would widen it twice
    is_known = familiarity(listings.matrix, listings.index) == KNOWN
    scales = fit_group_scales(listings.matrix[is_known], reach[is_known], listings.group_fields)
    known = _known_factors(ratios / scales.of(listings.matrix))
    fit = RangeFit(trees, floor, np.tile(known, (3, 1)), scales)
    strangers = (
        _stranger_factors(listings, recipe, fit.ranges(listings.index), fitted)
        if with_strangers
        else dict.fromkeys((NEW_MODEL, NEW_MAKE), known)
    )
    for stranger in (NEW_MODEL, NEW_MAKE):
        fit.factors[stranger] = np.maximum(strangers[stranger], STRANGER_MARGIN * fit.factors[stranger - 1])
    return fit


def _known_factors(ratios: FloatArray) -> FloatArray:
    """Factors of the spread below and above, of cars that the table holds, shape (2,).

    Args:
        ratios: of residuals to the spread, shape (n_rows,).
    """
    return np.maximum([conformal_quantile(-ratios, _SIDE), conformal_quantile(ratios, _SIDE)], LEAST_FACTOR)


def _stranger_factors(
    listings: Listings, recipe: UsedCarRecipe, ranges: Ranges, fitted: Fitted
) -> dict[int, FloatArray]:
    """Factors of models and makes that the table does not hold, learned by leaving whole ones out."""
    index, rng = listings.index, np.random.default_rng(recipe.seed + 13)
    some = listings.at(np.sort(rng.permutation(len(listings))[:MOST_STRANGERS]))
    factors = {}
    for stranger, column in ((NEW_MODEL, index.model), (NEW_MAKE, index.make)):
        codes = some.matrix[:, column]
        masked = MaskedRows(np.arange(len(some)), with_unknown(some.matrix, index, make=stranger == NEW_MAKE))
        (log_price,) = out_of_fold(some, recipe, balanced_groups(codes, NAME_GROUPS), [masked], fitted)
        ratios = (np.log(some.price) - log_price) / ranges.spread(masked.matrix, log_price)
        counts = Counter(codes.tolist())
        weights = np.asarray([1.0 / max(counts[code], FEWEST_FOR_A_NAMES_WEIGHT) for code in codes.tolist()])
        factors[stranger] = np.asarray(
            [weighted_quantile(signed, weights, _SIDE) for signed in (-ratios, ratios)]
        )
    return factors


def _out_of_fold_spread(
    listings: Listings, inputs: Sequence[MaskedRows], residual: Sequence[FloatArray], recipe: UsedCarRecipe
) -> FloatArray:
    """The spread of each row as it is, from a model that learned from the other rows, both ways; shape (n_rows,)."""
    parts = listings.parts(INNER_PARTS, recipe.seed + 12)
    spread = np.empty(len(listings))
    for part in range(INNER_PARTS):
        inside = [rows.among(parts != part) for rows in inputs]
        sizes = np.abs(
            np.concatenate([sizes[positions] for sizes, (positions, _) in zip(residual, inside, strict=True)])
        )
        trees, floor = _fit_spread(np.vstack([matrix for _, matrix in inside]), sizes, listings.index, recipe)
        outside, matrix = inputs[0].among(parts == part)
        spread[outside] = np.maximum(Trees(trees).predict(matrix), floor)
    return spread


def _fit_spread(
    matrix: FloatArray, sizes: FloatArray, index: FeatureIndex, recipe: UsedCarRecipe
) -> tuple[bytes, float]:
    """Fit the size of log residuals; the largest hundredth is cut down to its edge. Gives trees and floor.

    Codes of words other than makes count as numbers: with so few words any order does no harm to a spread.
    """
    some = np.sort(np.random.default_rng(recipe.seed + 15).permutation(len(sizes))[:_MOST_SPREAD_ROWS])
    cut = np.minimum(sizes, np.quantile(sizes, 0.99))
    make = np.flatnonzero(index.of_range == index.make).tolist()
    data = lgb.Dataset(matrix[some], cut[some], categorical_feature=make, params={"verbose": -1})
    booster = lgb.train({**_SPREAD_PARAMS, "seed": recipe.seed}, data, _SPREAD_TREES)
    return booster.model_to_string().encode(), 0.5 * float(np.median(cut))

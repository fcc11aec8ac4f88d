"""From the likeness of cars to a log price and its doubt: the same lines for fitting, calibrating and serving.

A Gaussian process with a fixed kernel (equally: kernel ridge regression). Every sum runs over the known
cars of one row alone and in their order, so the bits of a row do not depend on the rows beside it.

Source:
    Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, sections 2.2 and 5.4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivetrain.lifecycle.learning.features import RARE, FloatArray
from drivetrain.resale.price.model.features import MAKE, SIZES, WORDS, Scale, is_new_make
from drivetrain.resale.price.model.recipe import CarPriceRecipe

_ROWS_AT_ONCE = 256
"""Rows whose likenesses are worked out together: the arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class FittedPrice:
    """A fitted price, as numbers.

    Attributes:
        known: the training cars, standardized, shape (n_known, n_features).
        weights: of the known cars, shape (n_known,).
        base: mean log price, from which likeness leads away.
        precision: inverse of the known cars' likeness plus noise, shape (n_known, n_known).
    """

    recipe: CarPriceRecipe
    scale: Scale
    known: FloatArray
    weights: FloatArray
    base: float
    precision: FloatArray

    def log_prices(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the price, and how much the fit doubts it (a standard deviation); each of shape (n_rows,)."""
        price, doubt = np.empty(len(matrix)), np.empty(len(matrix))
        for start in range(0, len(matrix), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            price[rows], doubt[rows] = self._block(self.scale.standardized(matrix[rows]))
        return price, doubt

    def _block(self, scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
        inside = self.scale.inside(scaled)
        likeness = likeness_of(inside, self.known, self.recipe)
        price = self.base + (likeness * self.weights).sum(axis=1)
        # The price stays at the edge of what is known; the doubt goes on growing behind it.
        beyond = likeness if (inside == scaled).all() else likeness_of(scaled, self.known, self.recipe)
        explained = np.asarray([np.vecdot(row, np.vecdot(self.precision, row)) for row in beyond])
        return price, np.sqrt(np.maximum(own_likeness(scaled, self.recipe) - explained, 0.0))


@dataclass(frozen=True, slots=True)
class RangeFit:
    """What the spread is multiplied with, for a known and for a new make."""

    factor: float
    new_make_factor: float

    def bounds(
        self, matrix: FloatArray, log_price: FloatArray, spread: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Low and high price, USD: the same factor below and above."""
        reach = np.where(is_new_make(matrix), self.new_make_factor, self.factor) * spread
        return np.exp(log_price - reach), np.exp(log_price + reach)


def spread_of(doubt: FloatArray, recipe: CarPriceRecipe) -> FloatArray:
    """What the range is in proportion to, in log price, shape (n_rows,)."""
    return np.sqrt(recipe.range_offset + doubt * doubt)


def likeness_of(cars: FloatArray, references: FloatArray, recipe: CarPriceRecipe) -> FloatArray:
    """How much one car's log price tells of another's: the kernel, shape (n_cars, n_others).

    ``linear_variance`` <u, v> / n_sizes + ``make`` [same make] + ``words`` (share of same words)
    + ``rbf_variance`` exp(-|u - v|² / 2 ``length_scale``² - ``mismatch_penalty`` (different words)),
    with u, v the standardized sizes.

    Args:
        cars, references: standardized, shape (n, n_features). A word that the training did not hold is like no
            other.
    """
    product, apart = np.zeros((len(cars), len(references))), np.zeros((len(cars), len(references)))
    for column in SIZES:
        mine, theirs = cars[:, column, np.newaxis], references[np.newaxis, :, column]
        product += mine * theirs
        apart += (mine - theirs) ** 2
    same_make = _same(cars, references, MAKE)
    same_words = np.zeros_like(apart)
    for column in WORDS:
        same_words += _same(cars, references, column)
    different = 1 + len(WORDS) - same_make - same_words
    exponent = apart / (2 * recipe.length_scale**2) + recipe.mismatch_penalty * different
    smooth = recipe.rbf_variance * np.exp(-exponent)
    additive = (
        recipe.linear_variance / len(SIZES) * product
        + recipe.make * same_make
        + recipe.words / len(WORDS) * same_words
    )
    return np.asarray(additive + smooth, dtype=np.float64)


def own_likeness(cars: FloatArray, recipe: CarPriceRecipe) -> FloatArray:
    """The likeness of each car with itself, shape (n_cars,)."""
    squares: FloatArray = (cars[:, SIZES] ** 2).sum(axis=1)
    return recipe.linear_variance / len(SIZES) * squares + recipe.make + recipe.words + recipe.rbf_variance


def precision_of(cars: FloatArray, recipe: CarPriceRecipe) -> FloatArray:
    """Inverse of the likeness of known cars plus noise, shape (n_known, n_known)."""
    likeness = likeness_of(cars, cars, recipe) + recipe.noise * np.eye(len(cars))
    return np.asarray(np.linalg.inv(likeness), dtype=np.float64)


def _same(cars: FloatArray, references: FloatArray, column: int) -> FloatArray:
    equal = (cars[:, column, np.newaxis] == references[np.newaxis, :, column]) & (
        cars[:, column, np.newaxis] != RARE
    )
    same: FloatArray = equal.astype(np.float64)
    return same

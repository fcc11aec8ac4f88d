"""Fitting a car price model: the price itself, then the range around it.

The range is conformal. Each row's residual is that of a fit without the row and its twins, which a Gaussian process
gives in closed form; residuals are measured in spreads, and the 90th percentile of their sizes is the
factor by which the spread is multiplied. A new make gets the factor learned by leaving out whole makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray, take
from drivetrain.lifecycle.learning.validation import conformal_quantile, twins, weighted_quantile
from drivetrain.resale.price.model.contract import MAKE_FIELD
from drivetrain.resale.price.model.features import car_encoder, fit_scale
from drivetrain.resale.price.model.formulas import FittedPrice, RangeFit, precision_of, spread_of
from drivetrain.resale.price.model.recipe import CarPriceRecipe

NEW_MAKE_MARGIN = 1.10
"""A new make's range is at least this much wider than a known one's."""


@dataclass(frozen=True, slots=True)
class PointFit:
    """The model of the price.

    Attributes:
        kept: rows that it was fitted on.
        log_price: of those rows, shape (n_kept,).
    """

    encoder: FeatureEncoder
    model: FittedPrice
    kept: Columns
    log_price: FloatArray

    def price(self, rows: Columns) -> FloatArray:
        """USD, shape (n_rows,)."""
        log_price, _ = self.model.log_prices(self.encoder.matrix(rows))
        return np.exp(log_price)

    def estimate(self, rows: Columns, ranges: RangeFit) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Price, low and high, USD, each of shape (n_rows,)."""
        matrix = self.encoder.matrix(rows)
        log_price, doubt = self.model.log_prices(matrix)
        return np.exp(log_price), *ranges.bounds(matrix, log_price, spread_of(doubt, self.model.recipe))


def fit_point(rows: Columns, target: FloatArray, recipe: CarPriceRecipe) -> PointFit:
    """Fit the price on rows.

    Args:
        rows: checked training rows.
        target: USD, shape (n_rows,).
    """
    if len(target) > recipe.most_rows:
        drawn = np.sort(
            np.random.default_rng(recipe.seed).choice(len(target), recipe.most_rows, replace=False)
        )
        rows, target = take(rows, drawn), target[drawn]
    encoder = car_encoder(rows)
    matrix = encoder.matrix(rows)
    scale = fit_scale(matrix)
    cars = scale.standardized(matrix)
    precision = precision_of(cars, recipe)
    log_price = np.log(target)
    base = float(log_price.mean())
    model = FittedPrice(recipe, scale, cars, precision @ (log_price - base), base, precision)
    return PointFit(encoder, model, rows, log_price)


def fit_range(point: PointFit) -> RangeFit:
    """Calibrate the range around the price, by residuals of fits without the row and its twins, or without its make."""
    twin = twins(point.kept)
    every_car = [np.flatnonzero(twin == number) for number in range(int(twin.max()) + 1)]
    makes = np.asarray(point.kept[MAKE_FIELD])
    every_make = [np.flatnonzero(makes == make) for make in np.unique(makes)]
    factor = conformal_quantile(np.concatenate(_left_out(point, every_car)), COVERAGE)
    strangers = _left_out(point, every_make)
    # the next new make is one make
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in strangers])
    return RangeFit(
        factor, max(weighted_quantile(np.concatenate(strangers), weights, COVERAGE), NEW_MAKE_MARGIN * factor)
    )


def _left_out(point: PointFit, groups: Sequence[NDArray[np.intp]]) -> list[FloatArray]:
    """Sizes of the residuals of each group of rows in spreads, by the fit without that group.

    The scale and the base stay those of all rows. A make that is left out is like no other, as a new make is.

    Source:
        Rasmussen and Williams (2006), equations 5.12 and 5.13, for groups instead of single rows.
    """
    model, ratios = point.model, []
    for group in groups:
        covariance = np.linalg.inv(model.precision[np.ix_(group, group)])
        doubt = np.sqrt(np.maximum(np.diag(covariance) - model.recipe.noise, 0.0))
        ratios.append(np.abs(covariance @ model.weights[group]) / spread_of(doubt, model.recipe))
    return ratios

"""The whole training of a car price model: measure, judge, fit, pack."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import FittedModel, Predict, TrainingTable
from drivetrain.resale.price.model.estimator import fit_point, fit_range
from drivetrain.resale.price.model.evaluate import (
    compare,
    judge,
    measure,
    metrics_of,
    report_of,
    report_range,
)
from drivetrain.resale.price.model.package import pack
from drivetrain.resale.price.model.recipe import CarPriceRecipe
from drivetrain.resale.valuation.domain.bands import natural_bands

FEWEST_ROWS = 50
"""Fewer rows cannot calibrate a range of 90 % inside four fifths of them."""

FEWEST_PRICES = 20
"""Fewer different prices make no bands, in every fold, that mean anything."""


def train_price(
    table: TrainingTable,
    settings: Mapping[str, object],
    champion: Mapping[str, object] | None,
    progress: Progress,
) -> FittedModel:
    """Train on every row of the table, with the figures of cross-validation.

    Args:
        settings: of the recipe; what is left out keeps its default.
        champion: not looked at: the live version itself is compared afterwards.

    Raises:
        InvalidInputError: a setting is not known, or there are too few rows.
    """
    if len(table.target) < FEWEST_ROWS or len(np.unique(table.target)) < FEWEST_PRICES:
        raise InvalidInputError(
            f"A car price model needs at least {FEWEST_ROWS} good rows with {FEWEST_PRICES} different prices.",
            code="train.too_few_rows",
        )
    recipe = CarPriceRecipe.from_settings(settings)
    held_out = measure(table, recipe, progress)
    compared = compare(table, held_out, progress)
    ranges = report_range(table, held_out)
    point = fit_point(table.rows, table.target, recipe)
    verdict = judge(compared, ranges)
    return FittedModel(
        files=pack(point, fit_range(point), natural_bands(table.target)),
        metrics=metrics_of(compared, ranges),
        report=report_of(compared, ranges, table, verdict),
        params=recipe.as_dict(),
        verdict=verdict,
    )


def refit_price(table: TrainingTable, recipe: Mapping[str, object]) -> Predict:
    """Fit the price alone, without measuring it."""
    return fit_point(table.rows, table.target, CarPriceRecipe.from_dict(recipe)).price

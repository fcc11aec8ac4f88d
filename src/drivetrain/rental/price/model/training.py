"""The whole training of a price model: fit, measure, judge, pack."""

from __future__ import annotations

from collections.abc import Mapping

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import FittedModel, Predict, TrainingTable
from drivetrain.rental.price.model.estimator import INNER_PARTS, MAKE_GROUPS, fit_point, fit_range
from drivetrain.rental.price.model.evaluate import (
    compare,
    count_violations,
    cross_fit,
    judge,
    measure_range,
    metrics_of,
    report_of,
    splits_of,
)
from drivetrain.rental.price.model.package import pack
from drivetrain.rental.price.model.recipe import PriceRecipe


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
        InvalidInputError: a setting is not known.
    """
    recipe = PriceRecipe.from_settings(settings)
    splits = splits_of(table)
    fits = cross_fit(table, recipe, splits, progress)
    compared = compare(table, recipe, splits, fits, progress)
    ranges = measure_range(table, recipe, splits, fits, progress)
    with progress.stage("fit on every row", total=1 + INNER_PARTS + MAKE_GROUPS, unit="fits") as stage:
        point = fit_point(table.rows, table.target, recipe)
        stage.advance()
        spread = fit_range(table.rows, table.target, point, recipe, stage.advance)
    violations = count_violations(point, table, recipe)
    verdict = judge(compared, ranges, violations)
    return FittedModel(
        files=pack(point, spread, table.rows, table.target, recipe.as_dict()),
        metrics=metrics_of(compared, ranges),
        report=report_of(compared, ranges, violations, recipe, verdict),
        params=recipe.as_dict(),
        verdict=verdict,
    )


def refit_price(table: TrainingTable, recipe: Mapping[str, object]) -> Predict:
    """Fit the price alone, without measuring it."""
    fit = fit_point(table.rows, table.target, PriceRecipe.from_dict(recipe))
    return lambda rows: fit.price(fit.encoder.matrix(rows))

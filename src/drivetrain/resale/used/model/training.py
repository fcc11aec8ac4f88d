"""The whole training of a used-car model: fit, measure, judge, pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.training import FittedModel, Predict, TrainingTable
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import Country
from drivetrain.resale.used.model.estimator import (
    NAME_GROUPS,
    Listings,
    complete_and_masked,
    fit_point,
    fit_range,
    fit_to_ask_once,
    listings_of,
)
from drivetrain.resale.used.model.evaluate import (
    PARTS,
    HeldOutFold,
    compare,
    count_violations,
    judge,
    measure,
    measure_range,
    metrics_of,
    report_of,
    splits_of,
)
from drivetrain.resale.used.model.features import used_matrix
from drivetrain.resale.used.model.package import pack
from drivetrain.resale.used.model.recipe import RECIPES, UsedCarRecipe


def train_used(
    country: Country,
    table: TrainingTable,
    settings: Mapping[str, object],
    champion: Mapping[str, object] | None,
    progress: Progress,
) -> FittedModel:
    """Train on every row of a country's table, with the figures of cross-validation.

    Args:
        settings: of the recipe; what is left out keeps the country's default.
        champion: not looked at: the live version itself is compared afterwards.

    Raises:
        InvalidInputError: a setting is not known.
    """
    recipe = UsedCarRecipe.from_settings(settings, RECIPES[country.code])
    contract = CONTRACTS[country.code]
    listings = listings_of(table, contract, country, recipe)
    splits = splits_of(listings)
    held_out = measure(listings, recipe, splits, progress)
    compared = compare(listings, recipe, splits, held_out, progress)
    ranges = measure_range(listings, recipe, splits, held_out, progress)
    with progress.stage("fit on every row", total=1 + 2 * NAME_GROUPS, unit="fits") as stage:
        point = fit_point(listings, recipe)
        stage.advance()
        spread = fit_range(listings, recipe, _every_row(listings, recipe, held_out), fitted=stage.advance)
    violations = count_violations(Trees(point), listings)
    verdict = judge(compared, ranges, violations)
    return FittedModel(
        files=pack(point, spread, listings, table, contract, recipe),
        metrics=metrics_of(compared, ranges),
        report=report_of(listings, compared, ranges, violations, verdict),
        params=recipe.as_dict(),
        verdict=verdict,
    )


def refit_value(country: Country, table: TrainingTable, recipe: Mapping[str, object]) -> Predict:
    """Fit the value alone, without measuring it."""
    fitted_by = UsedCarRecipe.from_dict(recipe)
    listings = listings_of(table, CONTRACTS[country.code], country, fitted_by)
    log_price = fit_to_ask_once(listings, fitted_by)
    return lambda rows: np.exp(log_price(used_matrix(listings.encoder, rows)))


def _every_row(
    listings: Listings, recipe: UsedCarRecipe, held_out: Sequence[HeldOutFold]
) -> list[FloatArray]:
    """The held-out log prices of the first partition, which asked every row once: they calibrate the range, too."""
    masked = complete_and_masked(listings, recipe)
    log_prices = [np.empty(len(rows.rows)) for rows in masked]
    for part in held_out[:PARTS]:
        for log_price, rows, held_out_part in zip(log_prices, masked, part.log_prices, strict=True):
            log_price[np.isin(rows.rows, part.rows)] = held_out_part
    return log_prices

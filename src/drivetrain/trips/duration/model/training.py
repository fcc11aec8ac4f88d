"""The whole training of a duration model: fit, measure, judge, pack."""

from __future__ import annotations

from collections.abc import Mapping

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import FittedModel, Predict, TrainingTable
from drivetrain.trips.duration.model.estimator import (
    CALIBRATIONS,
    fit_point,
    fit_ranges,
    held_out_durations,
    trips_of,
)
from drivetrain.trips.duration.model.evaluate import judge, measure, metrics_of, report_of, split_of
from drivetrain.trips.duration.model.features import starts_of_rows
from drivetrain.trips.duration.model.package import pack
from drivetrain.trips.duration.model.recipe import DurationRecipe

FEWEST_TRIPS = 30
"""With fewer there is nothing to leave out, and nothing to learn."""


def train_duration(
    table: TrainingTable,
    settings: Mapping[str, object],
    champion: Mapping[str, object] | None,
    progress: Progress,
) -> FittedModel:
    """Train on every trip of the table, with the figures of the days that were held back.

    Args:
        settings: of the recipe; what is left out keeps its default.
        champion: not looked at: the live version itself is compared afterwards.

    Raises:
        InvalidInputError: a setting is not known, or the table has fewer than ``FEWEST_TRIPS`` trips.
    """
    if len(table.target) < FEWEST_TRIPS:
        raise InvalidInputError(
            f"The table has {len(table.target)} good trips; at least {FEWEST_TRIPS} are needed to learn from.",
            code="trips.too_few_trips",
        )
    recipe = DurationRecipe.from_settings(settings)
    trips = trips_of(table)
    split = split_of(trips)
    judged = measure(trips, recipe, split, progress)
    with progress.stage("fit on every trip", total=1 + CALIBRATIONS, unit="fits") as stage:
        point = fit_point(trips, recipe)
        stage.advance()
        ranges = fit_ranges(trips, held_out_durations(trips, recipe, fitted=stage.advance), recipe)
    verdict = judge(judged)
    return FittedModel(
        files=pack(point, ranges, trips, table, recipe),
        metrics=metrics_of(judged),
        report=report_of(trips, judged, split, verdict),
        params=recipe.as_dict(),
        verdict=verdict,
    )


def refit_duration(table: TrainingTable, recipe: Mapping[str, object]) -> Predict:
    """Fit the duration alone, without measuring it."""
    fit = fit_point(trips_of(table), DurationRecipe.from_dict(recipe))
    return lambda rows: fit.duration(starts_of_rows(rows))

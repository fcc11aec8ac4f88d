"""Fitting a duration model: what pairs of areas usually take, the trees on top of it, then the range around them.

No trip helps to tell its own usual duration: that comes from trips of other hours. The range is calibrated on
days that the model did not see, because a new day differs from those it learned from by more than its trips
differ from each other. A table of one day has only other hours to show; its range knows nothing of how days
differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import IndexArray, conformal_quantile, random_parts
from drivetrain.trips.duration.domain.duration import COVERAGE
from drivetrain.trips.duration.model.features import (
    NAMES,
    DurationFeatures,
    Starts,
    features_from,
    starts_of_rows,
)
from drivetrain.trips.duration.model.formulas import Margins, Ranges, point_duration
from drivetrain.trips.duration.model.hours import band_table
from drivetrain.trips.duration.model.recipe import DurationRecipe
from drivetrain.trips.duration.model.typical import fit_typical

INNER_PARTS = 8
"""Parts in which hours are left out, to learn what is usual without them."""

CALIBRATIONS = 5
"""Groups of days, or of hours, that are left out in turn to calibrate the range."""

ROWS_OF_KNOT = 400
"""Trips behind each knot of the margins: the twentieth part of them tells a 5th percentile."""

MOST_KNOTS = 12
_SIDE = 1 - (1 - COVERAGE) / 2
"""Share of residuals that the range must hold on either side."""


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips to learn from, in the order of the table.

    Attributes:
        duration_min: shape (n_trips,).
    """

    starts: Starts
    duration_min: FloatArray

    def __len__(self) -> int:
        """Number of trips."""
        return len(self.duration_min)

    def at(self, rows: IndexArray | NDArray[np.bool_]) -> Trips:
        """Some of the trips."""
        return Trips(self.starts.at(rows), self.duration_min[rows])

    @property
    def days(self) -> NDArray[np.int64]:
        """Civil day of each trip, counted from 1970-01-01."""
        days: NDArray[np.int64] = self.starts.civil_hours // 24
        return days


@dataclass(frozen=True, slots=True)
class PointFit:
    """The model of the duration; the trees in LightGBM's text format."""

    features: DurationFeatures
    knows_week: bool
    trees: bytes

    def duration(self, starts: Starts) -> FloatArray:
        """Minutes, shape (n_rides,)."""
        return point_duration(Trees(self.trees).predict(self.features.matrix(starts)))


def trips_of(table: TrainingTable) -> Trips:
    """The rows of a table that passed the contract."""
    return Trips(starts_of_rows(table.rows), table.target)


def hour_parts(trips: Trips, parts: int, seed: int) -> IndexArray:
    """A part for each trip; trips of one civil hour stay together, as the same jam holds them up."""
    hours, place = np.unique(trips.starts.civil_hours, return_inverse=True)
    if len(hours) == 1:
        return random_parts(len(trips), min(parts, len(trips)), seed)
    return random_parts(len(hours), min(parts, len(hours)), seed)[place]


def day_parts(trips: Trips, parts: int) -> IndexArray:
    """A part for each trip: runs of whole days with about as many trips each."""
    days, place, counts = np.unique(trips.days, return_inverse=True, return_counts=True)
    middles = (np.cumsum(counts) - counts / 2) / len(trips)
    part_of_day: IndexArray = (middles * min(parts, len(days))).astype(np.intp)
    return part_of_day[place]


def fit_point(trips: Trips, recipe: DurationRecipe) -> PointFit:
    """Fit the duration on trips."""
    knows_week = len(np.unique(trips.days)) >= recipe.days_for_week
    matrix = _without_themselves(trips, recipe, knows_week=knows_week)
    data = lgb.Dataset(matrix, trips.duration_min, params={"verbose": -1})
    booster = lgb.train(recipe.booster_params(), data, recipe.trees)
    return PointFit(_learned(trips, knows_week=knows_week), knows_week, booster.model_to_string().encode())


def held_out_durations(
    trips: Trips, recipe: DurationRecipe, fitted: Callable[[], object] = lambda: None
) -> FloatArray:
    """Each trip's duration by a model that did not see its day; its hour, where there are only a few days.

    Of two or three days none is left out whole: a model of the others knows so much less that its errors
    would make the range of the model of all days too wide.

    Args:
        fitted: called after each of the at most ``CALIBRATIONS`` fits.
    """
    parts = day_parts(trips, CALIBRATIONS)
    if len(np.unique(parts)) < CALIBRATIONS:
        parts = hour_parts(trips, CALIBRATIONS, recipe.seed + 11)
    duration = np.empty(len(trips))
    for part in np.unique(parts):
        inside, outside = parts != part, parts == part
        fit = fit_point(trips.at(inside if inside.any() else outside), recipe)
        duration[outside] = fit.duration(trips.starts.at(outside))
        fitted()
    return duration


def fit_ranges(trips: Trips, held_out: FloatArray) -> Ranges:
    """Calibrate the range.

    Args:
        held_out: minutes by models that did not see the trips, shape (n_trips,).
    """
    unknown = trips.starts.has_unknown
    every = np.ones(len(trips), dtype=np.bool_)
    groups = [group if group.sum() >= ROWS_OF_KNOT else every for group in (~unknown, unknown)]
    return Ranges(*(_margins(held_out[group], trips.duration_min[group]) for group in groups))


def _without_themselves(trips: Trips, recipe: DurationRecipe, *, knows_week: bool) -> FloatArray:
    """The features of trips, with usual durations learned from other hours than their own."""
    parts = hour_parts(trips, INNER_PARTS, recipe.seed + 12)
    matrix = np.empty((len(trips), len(NAMES)))
    for part in np.unique(parts):
        inside, outside = parts != part, parts == part
        learned = _learned(trips.at(inside if inside.any() else outside), knows_week=knows_week)
        matrix[outside] = learned.matrix(trips.starts.at(outside))
    return matrix


def _learned(trips: Trips, *, knows_week: bool) -> DurationFeatures:
    bands = band_table()[trips.starts.minutes]
    return features_from(fit_typical(trips.starts.pairs, bands, trips.duration_min), knows_week=knows_week)


def _margins(predicted: FloatArray, truth: FloatArray) -> Margins:
    """Quantiles of residuals for as many predicted durations as the trips can tell apart."""
    count = int(np.clip(len(predicted) // ROWS_OF_KNOT, 1, MOST_KNOTS))
    groups = np.array_split(np.argsort(predicted, kind="stable"), count)
    residuals = [truth[group] - predicted[group] for group in groups]
    return Margins(
        np.asarray([float(np.mean(predicted[group])) for group in groups]),
        np.asarray([max(0.0, conformal_quantile(-residual, _SIDE)) for residual in residuals]),
        np.asarray([max(0.0, conformal_quantile(residual, _SIDE)) for residual in residuals]),
    )

"""Fitting a duration model: what pairs of areas usually take, the trees on top of it, how far they are off, the range.

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
from drivetrain.lifecycle.learning.training import TrainingTable, side_by_side
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.learning.validation import IndexArray, conformal_quantile, random_parts
from drivetrain.trips.duration.domain.duration import COVERAGE
from drivetrain.trips.duration.model.features import (
    NAMES,
    DurationFeatures,
    Starts,
    features_from,
    is_new_pair,
    starts_of_rows,
)
from drivetrain.trips.duration.model.formulas import Margins, Ranges, point_duration, spread_of
from drivetrain.trips.duration.model.hours import BANDS, band_table
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

FEWEST_NEW = 100
"""Trips of pairs without others from which their margins can be told."""


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
class HeldOut:
    """Trips as models answered them that had not seen them.

    Attributes:
        matrix: what those models saw, shape (n_trips, n_features).
        duration_min: their answers, shape (n_trips,).
    """

    matrix: FloatArray
    duration_min: FloatArray


@dataclass(frozen=True, slots=True)
class RangeFit:
    """The range; the trees of the spread in LightGBM's text format."""

    spread_trees: bytes
    ranges: Ranges

    def bounds(
        self, matrix: FloatArray, duration_min: FloatArray, starts: Starts
    ) -> tuple[FloatArray, FloatArray]:
        """Low and high, minutes, each of shape (n_rides,)."""
        spread = spread_of(Trees(self.spread_trees).predict(matrix))
        return self.ranges.bounds(duration_min, spread, starts.has_unknown, is_new_pair(matrix))


@dataclass(frozen=True, slots=True)
class PointFit:
    """The model of the duration; the trees in LightGBM's text format."""

    features: DurationFeatures
    knows_week: bool
    trees: bytes

    def duration(self, starts: Starts) -> FloatArray:
        """Minutes, shape (n_rides,)."""
        return self.answer(starts).duration_min

    def answer(self, starts: Starts) -> HeldOut:
        """The same, with the features that the trees saw."""
        matrix = self.features.matrix(starts)
        return HeldOut(matrix, point_duration(Trees(self.trees).predict(matrix)))


def trips_of(table: TrainingTable) -> Trips:
    """The rows of a table that passed the contract."""
    return Trips(starts_of_rows(table.rows), table.target)


def trips_by_band(trips: Trips) -> list[int]:
    """How many trips start in each of ``BANDS``."""
    bands = band_table()[trips.starts.minutes]
    return np.bincount(bands, minlength=len(BANDS)).tolist()  # type: ignore[no-any-return]


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
    """Fit the duration on trips, some of which are known by their areas only."""
    trips = without_some_tracts(trips, recipe)
    knows_week = len(np.unique(trips.days)) >= recipe.days_for_week
    matrix = _without_themselves(trips, recipe, knows_week=knows_week)
    data = lgb.Dataset(matrix, trips.duration_min, params={"verbose": -1})
    booster = lgb.train(recipe.booster_params(), data, recipe.trees)
    return PointFit(_learned(trips, knows_week=knows_week), knows_week, booster.model_to_string().encode())


def without_some_tracts(trips: Trips, recipe: DurationRecipe) -> Trips:
    """The trips, a random share of them known by their areas only."""
    if trips.starts.points is None:
        return trips
    dropped = np.random.default_rng(recipe.seed + 13).random(len(trips)) < recipe.tract_dropout
    return Trips(trips.starts.without_tracts(dropped), trips.duration_min)


def held_out_durations(
    trips: Trips, recipe: DurationRecipe, fitted: Callable[[], object] = lambda: None
) -> HeldOut:
    """Each trip, some by their areas only, as a model answers that did not see its day; its hour, where days are few.

    Of two or three days none is left out whole: a model of the others knows so much less that its errors
    would make the range of the model of all days too wide.

    Args:
        fitted: called after each of the at most ``CALIBRATIONS`` fits.
    """
    parts = day_parts(trips, CALIBRATIONS)
    if len(np.unique(parts)) < CALIBRATIONS:
        parts = hour_parts(trips, CALIBRATIONS, recipe.seed + 11)
    matrix, duration = np.empty((len(trips), len(NAMES))), np.empty(len(trips))
    asked = without_some_tracts(trips, recipe).starts

    def answer(part: np.intp) -> tuple[NDArray[np.bool_], HeldOut]:
        inside, outside = parts != part, parts == part
        fit = fit_point(trips.at(inside if inside.any() else outside), recipe)
        return outside, fit.answer(asked.at(outside))

    for outside, answers in side_by_side(answer, np.unique(parts), fitted):
        matrix[outside], duration[outside] = answers.matrix, answers.duration_min
    return HeldOut(matrix, duration)


def fit_ranges(trips: Trips, held_out: HeldOut, recipe: DurationRecipe) -> RangeFit:
    """Learn how far trips like these are off, and calibrate the range in multiples of that.

    Args:
        held_out: the trips as models answered them that did not see them.

    Source:
        Lei et al. (2018), Distribution-free predictive inference for regression, section 5.2: conformal
        residuals divided by an estimate of their spread.
    """
    residual = trips.duration_min - held_out.duration_min
    data = lgb.Dataset(held_out.matrix, np.abs(residual), params={"verbose": -1})
    trees = lgb.train(recipe.spread_params(), data, recipe.spread_trees).model_to_string().encode()
    scores = residual / spread_of(Trees(trees).predict(held_out.matrix))
    unknown, new = trips.starts.has_unknown, is_new_pair(held_out.matrix)
    every = np.ones(len(trips), dtype=np.bool_)
    groups = [group if group.sum() >= ROWS_OF_KNOT else every for group in (~unknown, unknown)]
    of_known, of_unknown = (_margins(held_out.duration_min[group], scores[group]) for group in groups)
    alone = new & ~unknown
    far = scores[alone] if alone.sum() >= FEWEST_NEW else scores
    return RangeFit(trees, Ranges(of_known, of_unknown, of_known.at_least(*_sides(far))))


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
    typical = fit_typical(trips.starts.pairs, bands, trips.duration_min)
    return features_from(typical, knows_week=knows_week, knows_tracts=trips.starts.points is not None)


def _sides(scores: FloatArray) -> tuple[float, float]:
    """How many spreads below and above hold their shares of the scores; neither is below 0."""
    return max(0.0, conformal_quantile(-scores, _SIDE)), max(0.0, conformal_quantile(scores, _SIDE))


def _margins(predicted: FloatArray, scores: FloatArray) -> Margins:
    """Quantiles of scores for as many predicted durations as the trips can tell apart."""
    count = int(np.clip(len(predicted) // ROWS_OF_KNOT, 1, MOST_KNOTS))
    groups = np.array_split(np.argsort(predicted, kind="stable"), count)
    below, above = np.asarray([_sides(scores[group]) for group in groups]).T
    return Margins(np.asarray([float(np.mean(predicted[group])) for group in groups]), below, above)

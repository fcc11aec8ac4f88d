"""Finding segments: k-means on canonical points, on all buyers or on halves of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Stage
from drivetrain.lifecycle.learning.features import Columns, FloatArray, take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.validation import random_parts
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.features import FeatureSpace, fit_space, squared_distances
from drivetrain.resale.segments.model.formulas import IndexArray, centers_of
from drivetrain.resale.segments.model.recipe import SegmentsRecipe

FEWEST_BUYERS = 100
"""Fewer buyers with enough interactions make halves of which no segment could be told from chance."""

BUYERS_PER_SEGMENT = 20
"""On average, in a half: more segments are not even tried."""


@dataclass(frozen=True, slots=True)
class Buyers:
    """All buyers of a table, in an order that does not depend on the table's.

    Attributes:
        rows: profiles, column by column.
        taste: hidden taste of generated buyers, 0 for none; NaN where it is not known; shape (n,).
        interactions: how many each profile rests on, shape (n,).
        space, matrix: the profiles as points, shape (n, n_features).
        learners: places of those the segments are learned from.
        sample: places of those on which their number is chosen: all learners, or a draw.
    """

    rows: Columns
    taste: FloatArray
    interactions: FloatArray
    space: FeatureSpace
    matrix: FloatArray
    learners: IndexArray
    sample: IndexArray

    @property
    def points(self) -> FloatArray:
        """The points that segments are learned from."""
        return self.matrix[self.learners]


@dataclass(frozen=True, slots=True)
class Halving:
    """Fits of one number of segments on both halves of the learners.

    Attributes:
        part: which half each point is in, shape (n_points,).
        centers: of the fit on half 0 and of the fit on half 1.
        labels: of all points by either fit, each of shape (n_points,).
        agreement: adjusted Rand index between the two labelings.
    """

    part: IndexArray
    centers: tuple[FloatArray, FloatArray]
    labels: tuple[IndexArray, IndexArray]
    agreement: float


def buyers_of(table: TrainingTable, recipe: SegmentsRecipe) -> Buyers:
    """The buyers of a table.

    Raises:
        InvalidInputError: too few have enough interactions.
    """
    keys = [_numbers(table.rows[name]) for name in reversed(BUYER_PROFILE.names)]
    # the taste last: it must not move a buyer of another profile
    order = np.lexsort([np.nan_to_num(table.target), *keys])
    rows = take(table.rows, order)
    interactions = np.add.reduce(
        [np.asarray(rows[name], dtype=np.float64) for name in ("views", "likes", "searches")]
    )
    learners = np.flatnonzero(interactions >= recipe.fewest_interactions)
    if len(learners) < FEWEST_BUYERS:
        raise InvalidInputError(
            f"Segments need at least {FEWEST_BUYERS} buyers with {recipe.fewest_interactions} interactions or more; "
            f"the table has {len(learners)}.",
            code="train.too_few_rows",
        )
    space = fit_space(take(rows, learners))
    return Buyers(
        rows,
        table.target[order],
        interactions,
        space,
        space.matrix(rows),
        learners,
        _sample(learners, recipe),
    )


def numbers_to_try(points: FloatArray, recipe: SegmentsRecipe) -> Sequence[int]:
    """Numbers of segments that so many different points could have; the recipe's alone where it says one.

    Raises:
        InvalidInputError: the recipe asks for more than that.
    """
    most = len(np.unique(points, axis=0)) // (2 * BUYERS_PER_SEGMENT)
    if recipe.segments > most:
        raise InvalidInputError(f"There are buyers for at most {most} segments.", code="train.too_few_rows")
    if recipe.segments:
        return [number for number in [recipe.segments] if number > 1]
    return range(2, min(recipe.most_segments, most) + 1)


def find_centers(points: FloatArray, segments: int, recipe: SegmentsRecipe, seed: int) -> FloatArray:
    """Centers of so many segments, shape (segments, n_features); largest segment first.

    Raises:
        InvalidInputError: there are not so many different points.
    """
    with threadpool_limits(limits=1):  # the sums of several threads would not have the same bits each time
        labels = KMeans(segments, n_init=recipe.starts, random_state=seed).fit(points).labels_
    sizes = np.bincount(labels, minlength=segments)
    if not sizes.all():
        raise InvalidInputError(
            f"The buyers differ too little for {segments} segments.", code="train.too_few_rows"
        )
    order = np.argsort(-sizes, kind="stable")
    return centers_of(points, np.argsort(order)[labels], segments)


def nearest(points: FloatArray, centers: FloatArray) -> IndexArray:
    """The place of each point's nearest center, shape (n_points,)."""
    return np.asarray(squared_distances(points, centers).argmin(axis=1), dtype=np.intp)


def halvings(points: FloatArray, segments: int, recipe: SegmentsRecipe, stage: Stage) -> list[Halving]:
    """Fits on random halves, always the same halves for the same seed."""
    halves = []
    for repeat in range(recipe.halvings):
        part = random_parts(len(points), 2, recipe.seed + repeat)
        first, second = (
            find_centers(points[part == half], segments, recipe, recipe.seed + repeat) for half in (0, 1)
        )
        labels = nearest(points, first), nearest(points, second)
        halves.append(Halving(part, (first, second), labels, float(adjusted_rand_score(*labels))))
        stage.advance()
    return halves


def _numbers(values: Sequence[float | None]) -> FloatArray:
    return np.array([-1.0 if value is None else value for value in values], dtype=np.float64)


def _sample(learners: IndexArray, recipe: SegmentsRecipe) -> IndexArray:
    if len(learners) <= recipe.most_buyers:
        return learners
    return np.sort(np.random.default_rng(recipe.seed).choice(learners, recipe.most_buyers, replace=False))

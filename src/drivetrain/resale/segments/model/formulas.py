"""The arithmetic of a fitted set of segments: which is nearest, how surely, and who is far from all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.resale.segments.model.features import QUESTIONS, squared_distances

IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Spread:
    """How far buyers lie from their segment's center, as a mean squared distance: the fewer interactions, the farther.

    Attributes:
        base: of a buyer of whom everything is known, > 0.
        by_chance: what one interaction alone adds, >= 0; n of them add the n-th part.
    """

    base: float
    by_chance: float

    def of(self, interactions: FloatArray) -> FloatArray:
        """The mean squared distance for so many interactions, shape (n_rows,)."""
        return np.asarray(self.base + self.by_chance / np.maximum(interactions, 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Centers:
    """Fitted segments as points.

    Attributes:
        points: shape (n_segments, n_features).
        spread: of the buyers around them.
        reach: squared distance in spreads past which a buyer is far from a segment, shape (n_segments,).
    """

    points: FloatArray
    spread: Spread
    reach: FloatArray

    def __len__(self) -> int:
        """How many segments there are."""
        return len(self.points)

    def place(self, matrix: FloatArray, interactions: FloatArray) -> Placement:
        """Where points belong; the bits do not depend on how many come together.

        Args:
            matrix: shape (n_rows, n_features).
            interactions: how many each row rests on, shape (n_rows,).
        """
        distances = squared_distances(matrix, self.points) / self.spread.of(interactions)[:, np.newaxis]
        shares = memberships(distances)
        ranked = np.argsort(distances, axis=1, kind="stable")
        rows = np.arange(len(matrix))
        first = ranked[:, 0]
        second = ranked[:, min(1, len(self) - 1)]
        return Placement(
            first,
            shares[rows, first],
            second,
            shares[rows, second],
            distances[rows, first] / self.reach[first],
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Which segments points belong to; arrays of shape (n_rows,).

    Attributes:
        first, second: places of the nearest and the next segment; equal where there is only one.
        confidence, second_confidence: in [0, 1].
        distance: squared, as a share of the segment's reach; above 1 the point is far from its segment.
    """

    first: IndexArray
    confidence: FloatArray
    second: IndexArray
    second_confidence: FloatArray
    distance: FloatArray


def memberships(distances: FloatArray) -> FloatArray:
    """Shares of each point in each segment, shape (n_rows, n_segments); each row adds up to 1.

    Segments as normal distributions of equal weight and one variance for each of the six questions, which is
    the sixth part of the spread.

    Args:
        distances: squared, in spreads, shape (n_rows, n_segments).
    """
    odds = np.exp((distances.min(axis=1, keepdims=True) - distances) * (len(QUESTIONS) / 2))
    total = np.zeros(len(odds))
    for column in odds.T:
        total += column
    return np.asarray(odds / total[:, np.newaxis], dtype=np.float64)


def fit_spread(squared: FloatArray, interactions: FloatArray) -> Spread:
    """Learn how distance falls with the number of interactions, by least squares.

    Args:
        squared: of every buyer to the nearest center, shape (n,).
        interactions: shape (n,), >= 0; none count as one.
    """
    chance = 1.0 / np.maximum(interactions, 1.0)
    if chance.std() > 0:
        by_chance, base = np.polyfit(chance, squared, 1).tolist()
        if base > 0 and by_chance >= 0:
            return Spread(base, by_chance)
    return Spread(max(float(squared.mean()), 1e-6), 0.0)


def centers_of(matrix: FloatArray, labels: IndexArray, segments: int) -> FloatArray:
    """Means of the points by label, shape (segments, n_features)."""
    return np.array([matrix[labels == segment].mean(axis=0) for segment in range(segments)])


def reach_of(squared: FloatArray) -> float:
    """The squared distance past which a point is an outlier of its segment: Tukey's fence on the distances.

    Args:
        squared: of a segment's own points to its center, in spreads, shape (n,), n >= 1.

    Source:
        Tukey (1977), Exploratory Data Analysis: third quartile plus one and a half interquartile ranges.
    """
    lower, upper = np.quantile(np.sqrt(squared), [0.25, 0.75])
    fence = float(upper + 1.5 * (upper - lower))
    return max(fence, 1e-6) ** 2

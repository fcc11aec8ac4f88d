"""The arithmetic of a fitted set of segments: which is nearest, how surely, and who is far from all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.features import FloatArray
from drivetrain.resale.model.segments.features import squared_distances

IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Centers:
    """Fitted segments as points.

    Attributes:
        points: shape (n_segments, n_features).
        temperature: squared distance that lowers the odds of a segment by a factor e, > 0.
        reach: squared distance past which a buyer is far from a segment, shape (n_segments,).
    """

    points: FloatArray
    temperature: float
    reach: FloatArray

    def __len__(self) -> int:
        """How many segments there are."""
        return len(self.points)

    def place(self, matrix: FloatArray) -> Placed:
        """Where points belong; the bits do not depend on how many come together."""
        distances = squared_distances(matrix, self.points)
        shares = memberships(distances, self.temperature)
        ranked = np.argsort(distances, axis=1, kind="stable")
        rows = np.arange(len(matrix))
        first = ranked[:, 0]
        second = ranked[:, min(1, len(self) - 1)]
        return Placed(first, shares[rows, first], second, shares[rows, second], distances[rows, first] / self.reach[first])


@dataclass(frozen=True, slots=True)
class Placed:
    """Which segments points belong to; arrays of shape (n_rows,).

    Attributes:
        first, second: places of the nearest and the next segment; equal where there is only one.
        confidence, second_confidence: in [0, 1].
        distance: squared, as a share of the segment's reach; above 1 the point is far from every segment.
    """

    first: IndexArray
    confidence: FloatArray
    second: IndexArray
    second_confidence: FloatArray
    distance: FloatArray


def memberships(squared: FloatArray, temperature: float) -> FloatArray:
    """Shares of each point in each segment, shape (n_rows, n_segments); each row adds up to 1.

    Args:
        squared: distances, shape (n_rows, n_segments).
    """
    odds = np.exp((squared.min(axis=1, keepdims=True) - squared) / temperature)
    total = np.zeros(len(odds))
    for column in odds.T:
        total += column
    return np.asarray(odds / total[:, np.newaxis], dtype=np.float64)


def centers_of(matrix: FloatArray, labels: IndexArray, segments: int) -> FloatArray:
    """Means of the points by label, shape (segments, n_features)."""
    return np.array([matrix[labels == at].mean(axis=0) for at in range(segments)])


def reach_of(squared: FloatArray) -> float:
    """The squared distance past which a point is an outlier of its segment: Tukey's fence on the distances.

    Args:
        squared: of a segment's own points to its center, shape (n,), n >= 1.

    Source:
        Tukey (1977), Exploratory Data Analysis: third quartile plus one and a half interquartile ranges.
    """
    lower, upper = np.quantile(np.sqrt(squared), [0.25, 0.75])
    fence = float(upper + 1.5 * (upper - lower))
    return max(fence, 1e-6) ** 2

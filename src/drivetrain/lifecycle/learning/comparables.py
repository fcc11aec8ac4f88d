"""Which rows of a training table resemble another: the comparables beside a price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.features import FeatureEncoder, FloatArray


class NearestRows:
    """The rows of a table by their distance to one that is asked about.

    Two rows are as far apart as the fields in which they differ matter to the price: a number by its
    distance as a share of the usual span, a word or flag by being another one, each weighed by the field's mean
    absolute effect. Where a number is missing on either side, half of what it could matter counts.
    """

    def __init__(
        self,
        matrix: FloatArray,
        encoder: FeatureEncoder,
        weights: Sequence[float],
        *,
        least_span: float,
        number: type[np.floating[Any]] = np.float64,
    ) -> None:
        """Prepare a table.

        Args:
            matrix: its rows, shape (n_rows, n_features); NaN for a missing number.
            weights: mean absolute effect of each feature.
            least_span: what a number's usual span is at least, in its unit.
            number: in which distances are computed; a long table needs half the memory in float32.
        """
        low, high = np.nanquantile(matrix, [0.05, 0.95], axis=0)
        is_word = np.asarray([feature.vocabulary is not None for feature in encoder.features])
        self._most = np.asarray(weights, dtype=number)
        self._scale = (self._most / np.where(is_word, 1.0, np.maximum(high - low, least_span))).astype(number)
        self._matrix = matrix.astype(number)
        self._has_missing = bool(np.isnan(matrix).any())

    def __len__(self) -> int:
        return len(self._matrix)

    def nearest(self, features: FloatArray, count: int, rows: slice = slice(None)) -> list[int]:
        """Indices of the closest rows, nearest first; of equally near ones the first in the table comes first.

        Args:
            features: shape (n_features,).
            count: at most so many.
            rows: only these are looked at, by default all; its step is 1.
        """
        apart = np.abs(self._matrix[rows] - features.astype(self._matrix.dtype)) * self._scale
        if self._has_missing or np.isnan(features).any():
            apart = np.where(np.isnan(apart), self._most / 2, apart)
        distance = np.minimum(apart, self._most).sum(axis=1)
        count = min(count, len(distance))
        closest: NDArray[np.intp] = np.argpartition(distance, count - 1)[:count]
        closest = closest[np.lexsort((closest, distance[closest]))]
        return [(rows.start or 0) + int(row) for row in closest]

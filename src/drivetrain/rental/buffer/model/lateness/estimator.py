"""Fit a chance to features: logistic regression, kept as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from drivetrain.rental.buffer.domain.rule import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ChanceModel:
    """A logistic regression on standardized features.

    Attributes:
        center, scale, weights: shape (n_features,).
    """

    center: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: float

    def chance(self, matrix: FloatArray) -> FloatArray:
        """Chances of rows, shape (n_rows,), in (0, 1)."""
        return np.asarray(
            expit((matrix - self.center) / self.scale @ self.weights + self.intercept), dtype=np.float64
        )


def fit_chance(matrix: FloatArray, happened: BoolArray) -> ChanceModel:
    """Fit the chance that something happens.

    Args:
        matrix: shape (n_rows, n_features), no missing values.
        happened: shape (n_rows,), at least one of each kind.

    Raises:
        ValueError: all rows are of one kind.
    """
    center = matrix.mean(axis=0)
    spread = matrix.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)  # a constant feature gets weight 0, not a division by 0
    fitted = LogisticRegression(C=1.0, max_iter=500).fit((matrix - center) / scale, happened)
    return ChanceModel(center, scale, fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))

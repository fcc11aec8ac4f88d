"""From the trees' numbers to a value and its range: the same lines for calibrating and for serving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.group_scales import GroupScales
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.resale.used.model.features import FeatureIndex, familiarity


def range_matrix(matrix: FloatArray, log_price: FloatArray, index: FeatureIndex) -> FloatArray:
    """What the range model sees: all fields but the model, and the price itself, as dear and cheap cars spread differently."""
    return np.column_stack([matrix.take(index.of_range, axis=1), log_price])


@dataclass(frozen=True, slots=True)
class Ranges:
    """The range around a log price.

    Attributes:
        trees: how large log residuals are for such a car.
        floor: least of that.
        factors: shape (3, 2): what to multiply it with below and above, by how well the car is known.
        scales: of groups of cars; None in versions trained before groups had scales.
        index: of the fields in the matrix.
    """

    trees: Trees
    floor: float
    factors: FloatArray
    scales: GroupScales | None
    index: FeatureIndex

    def spread(self, matrix: FloatArray, log_price: FloatArray) -> FloatArray:
        """How large log residuals are for such a car, shape (n_rows,)."""
        spread = np.maximum(self.trees.predict(range_matrix(matrix, log_price, self.index)), self.floor)
        return spread if self.scales is None else spread * self.scales.of(matrix)

    def bounds(self, matrix: FloatArray, log_price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high, in the currency, each of shape (n_rows,)."""
        spread = self.spread(matrix, log_price)
        factors = self.factors[familiarity(matrix, self.index)]
        return np.exp(log_price - factors[:, 0] * spread), np.exp(log_price + factors[:, 1] * spread)

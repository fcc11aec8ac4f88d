"""The numbers a car price model sees: nine sizes, then nine words by their places, in the order of the contract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import NumberColumn
from drivetrain.lifecycle.learning.features import RARE, Columns, FeatureEncoder, FloatArray, fit_encoder
from drivetrain.resale.price.model.contract import CAR_PRICE, MAKE_FIELD

SIZES = [index for index, column in enumerate(CAR_PRICE.columns) if isinstance(column, NumberColumn)]
"""Columns of the matrix that are sizes; all of them are positive."""

MAKE = CAR_PRICE.names.index(MAKE_FIELD)
WORDS = [index for index in range(len(CAR_PRICE.columns)) if index not in SIZES and index != MAKE]
"""Columns that are codes of words other than the make."""


def car_encoder(rows: Columns) -> FeatureEncoder:
    """Learn the makes of training rows; one car is enough, as a seldom make is trusted little by itself."""
    return fit_encoder(CAR_PRICE, rows, fewest=1)


def is_new_make(matrix: FloatArray) -> NDArray[np.bool_]:
    """True for rows whose make the training table did not hold."""
    new: NDArray[np.bool_] = matrix[:, MAKE] == RARE
    return new


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes as standard deviations of their logarithms, learned from training rows.

    Attributes:
        center, spread: mean and standard deviation of the logarithms, shape (n_sizes,).
        low, high: smallest and largest standardized size of the training rows, shape (n_sizes,).
    """

    center: FloatArray
    spread: FloatArray
    low: FloatArray
    high: FloatArray

    def standardized(self, matrix: FloatArray) -> FloatArray:
        """The rows with their sizes standardized; words stay codes."""
        scaled = matrix.copy()
        scaled[:, SIZES] = (np.log(matrix[:, SIZES]) - self.center) / self.spread
        return scaled

    def inside(self, scaled: FloatArray) -> FloatArray:
        """Standardized rows, with sizes beyond the training rows moved to their edge: past it nothing is known."""
        clipped = scaled.copy()
        clipped[:, SIZES] = np.clip(scaled[:, SIZES], self.low, self.high)
        return clipped


def fit_scale(matrix: FloatArray) -> Scale:
    """Learn the scale of the sizes; one that never varies is left as it is."""
    logarithms = np.log(matrix[:, SIZES])
    spread = logarithms.std(axis=0)
    center, spread = logarithms.mean(axis=0), np.where(spread > 0, spread, 1.0)
    scaled = (logarithms - center) / spread
    return Scale(center, spread, scaled.min(axis=0), scaled.max(axis=0))

"""From the trees' numbers to a price and its range: the same lines for calibrating and for serving."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.group_scales import GroupScales
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.rental.price.model.features import without_make

LOWEST_PRICE = 1.0
"""EUR per day; nobody pays for driving a car away."""


def point_price(predicted: FloatArray) -> FloatArray:
    """The price as the trees have it, never below ``LOWEST_PRICE``; EUR per day, shape (n_rows,)."""
    return np.maximum(predicted, LOWEST_PRICE)


def spread_of(trees: Trees, floor: float, scales: GroupScales | None, matrix: FloatArray) -> FloatArray:
    """How large residuals are for such a car, EUR per day, shape (n_rows,).

    Args:
        scales: None in versions trained before groups had scales.
    """
    spread = np.maximum(trees.predict(without_make(matrix)), floor)
    return spread if scales is None else spread * scales.of(matrix)


def bounds_around(
    price: FloatArray, spread: FloatArray, factors: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Low and high: ``price - low_factor * spread`` and ``price + high_factor * spread``.

    What the floor of ``LOWEST_PRICE`` cuts off the low side is added to the high one.

    Args:
        price: shape (n_rows,), >= ``LOWEST_PRICE``.
        factors: shape (n_rows, 2), >= 0.
    """
    sides = factors * spread[:, np.newaxis]
    low = price - sides[:, 0]
    floored = np.maximum(low, LOWEST_PRICE)
    return floored, price + sides[:, 1] + (floored - low)


def bounds_of_one(price: float, spread: float, factors: Sequence[float]) -> tuple[float, float]:
    """``bounds_around`` for one row, to the bit: a float takes a twentieth of the time of an array that holds one.

    Args:
        factors: of the low and the high side.
    """
    low = price - factors[0] * spread
    floored = max(low, LOWEST_PRICE)
    return floored, price + factors[1] * spread + (floored - low)

"""How sure a figure is: 95 % intervals from resampling whole cars, and Wilson's interval for a small share.

Rentals of one car are not independent: a habitually late car brings all of its rentals along. So cars
are drawn with replacement, each with everything that belongs to it (cluster bootstrap).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.rule import FloatArray, IntArray, NumberArray

LEVEL = 0.95
_Z = 1.959963984540054  # standard normal quantile of (1 + LEVEL) / 2
_CELLS_AT_ONCE = 2_000_000  # weights held at a time: 16 MB


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A figure with its 95 % interval; all three of one shape.

    NaN stands where a figure is not defined (nothing to divide by), in the table or in too many draws.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray

    def at(self, index: int) -> tuple[float, float, float]:
        """Value, low and high of one place."""
        return float(self.value[index]), float(self.low[index]), float(self.high[index])


@dataclass(frozen=True, slots=True)
class CarResampling:
    """The draws of cars: the same seed gives the same cars to every figure, so that figures can be compared draw by draw.

    Attributes:
        draws: how often the cars are drawn, >= 40 so that 2.5 % of them is a draw.
        seed: of the random numbers.
    """

    draws: int = 1_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse too few draws for an interval."""
        if not 40 <= self.draws <= 100_000:
            raise InvalidInputError(
                "The number of draws must lie between 40 and 100,000.", code="rental.draws_out_of_range"
            )

    def weights(self, n_cars: int) -> Iterator[FloatArray]:
        """How often each car is drawn, block by block, each of shape (n_draws_of_block, n_cars)."""
        rng = np.random.default_rng(self.seed)
        block = max(1, _CELLS_AT_ONCE // max(1, n_cars))
        for done in range(0, self.draws, block):
            size = min(block, self.draws - done)
            drawn = rng.integers(0, n_cars, size=(size, n_cars)) + n_cars * np.arange(size)[:, None]
            yield np.bincount(drawn.ravel(), minlength=size * n_cars).reshape(size, n_cars).astype(np.float64)

    def sums(self, by_car: csr_array) -> FloatArray:
        """Sums over the drawn cars.

        Args:
            by_car: what each car adds to each sum, shape (n_sums, n_cars).

        Returns:
            Shape (n_sums, 1 + draws), float64: column 0 is the table as it is, the others are the draws.
        """
        n_sums, n_cars = by_car.shape
        sums = np.empty((n_sums, 1 + self.draws))
        sums[:, 0] = by_car.sum(axis=1)
        cars = np.unique(by_car.indices)  # most cars add nothing
        compact = by_car[:, cars]
        done = 1
        for weights in self.weights(n_cars):
            sums[:, done : done + len(weights)] = compact @ weights[:, cars].T
            done += len(weights)
        return sums


def sums_by_car(values: FloatArray, row: IntArray, car: IntArray, shape: tuple[int, int]) -> csr_array:
    """What each car adds to each sum: ``values`` at (row, car), repeated places added up."""
    return csr_array((values, (row, car)), shape=shape)


def estimate(sample: NumberArray) -> Estimate:
    """The percentile interval of a figure, computed on the table and on every draw.

    Args:
        sample: shape (..., 1 + draws); index 0 of the last axis is the table itself.

    Returns:
        Arrays of shape (...,). The ends are drawn values (never between two), so infinite ones stay
        infinite; undefined draws count as the largest, and more than 2.5 % of them leave no interval.
    """
    drawn = np.sort(sample[..., 1:], axis=-1).astype(np.float64)
    last = drawn.shape[-1] - 1
    low = drawn[..., math.floor((1 - LEVEL) / 2 * last)]
    high = drawn[..., math.ceil((1 + LEVEL) / 2 * last)]
    value = sample[..., 0].astype(np.float64)
    is_defined = ~np.isnan(high) & ~np.isnan(value)
    return Estimate(value, np.where(is_defined, low, np.nan), np.where(is_defined, high, np.nan))


def wilson(successes: int, trials: int) -> tuple[float, float, float]:
    """A share with its 95 % score interval, which holds for small counts; NaN without trials.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        JASA 22 (1927), 209-212.
    """
    if trials == 0:
        return math.nan, math.nan, math.nan
    share = successes / trials
    spread = _Z**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def divide(above: NumberArray, below: NumberArray) -> FloatArray:
    """Element-wise ratio: infinite where only ``below`` is 0, NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.true_divide(above, below), dtype=np.float64)

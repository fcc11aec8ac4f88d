"""Estimates with their 95 % intervals, resampling of whole clusters, and the divergence of two distributions.

Rows are seldom independent: a habitually late car brings all of its rentals along, a traffic jam all trips of its
hour. So whole clusters are drawn with replacement, each with everything that belongs to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # a quarter of a second that serving does not wait for

LEVEL = 0.95
"""Of every interval."""

Z = 1.959963984540054
"""Standard normal quantile of (1 + LEVEL) / 2."""

_CELLS_AT_ONCE = 2_000_000  # 16 MB

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NumberArray = NDArray[np.integer | np.floating]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; NaN where either is not defined."""

    value: float
    low: float = math.nan
    high: float = math.nan

    def as_mean(self) -> dict[str, float]:
        """``mean``, ``low`` and ``high``, as reports of trainings store them."""
        return {"mean": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)}

    def text(self, digits: int = 2) -> str:
        """For cards: ``16.80 (16.10 to 17.50)``."""
        return f"{self.value:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


UNDEFINED = Estimate(math.nan)


@dataclass(frozen=True, slots=True, eq=False)
class EstimateArray:
    """Values with their 95 % intervals; all three of one shape, NaN where one is not defined."""

    value: FloatArray
    low: FloatArray
    high: FloatArray

    def at(self, index: int | tuple[()] = ()) -> Estimate:
        """The estimate at an index; without one that of an array of no dimension."""
        return Estimate(float(self.value[index]), float(self.low[index]), float(self.high[index]))


def wilson(share: float, count: float) -> Estimate:
    """A share with its score interval, which holds for small counts too.

    Args:
        share: in [0, 1].
        count: of independent observations, or of as many as the observations are worth (Kish's design effect); > 0.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        JASA 22 (1927), 209-212.
    """
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def share_of(successes: int, trials: int) -> Estimate:
    """A share of independent trials with Wilson's interval; undefined without trials."""
    return wilson(successes / trials, trials) if trials else UNDEFINED


def mean_over_draws(values: Sequence[float]) -> Estimate:
    """Mean of repeated measurements, at least one, with percentiles 2.5 and 97.5 of the measurements themselves."""
    low, high = np.quantile(values, (0.025, 0.975))
    return Estimate(float(np.mean(values)), float(low), float(high))


@dataclass(frozen=True, slots=True)
class ClusterBootstrap:
    """The draws of clusters: the same seed draws the same ones for every figure, so that figures can be compared draw by draw.

    Attributes:
        draws: how often the clusters are drawn, >= 40 so that 2.5 % of them is a draw.
        seed: of the random numbers.
        cells_at_once: weights held at a time; changes no draw.
    """

    draws: int = 1_000
    seed: int = 0
    cells_at_once: int = _CELLS_AT_ONCE

    def __post_init__(self) -> None:
        """Refuse too few draws for an interval."""
        if not 40 <= self.draws <= 100_000:
            raise InvalidInputError(
                "The number of draws must lie between 40 and 100,000.", code="platform.draws_out_of_range"
            )

    def weights(self, n_clusters: int) -> Iterator[FloatArray]:
        """How often each cluster is drawn, block by block, each of shape (n_draws_of_block, n_clusters)."""
        rng = np.random.default_rng(self.seed)
        block = max(1, self.cells_at_once // max(1, n_clusters))
        for start in range(0, self.draws, block):
            size = min(block, self.draws - start)
            drawn = (
                rng.integers(0, n_clusters, size=(size, n_clusters)) + n_clusters * np.arange(size)[:, None]
            )
            counts = np.bincount(drawn.ravel(), minlength=size * n_clusters)
            yield counts.reshape(size, n_clusters).astype(np.float64)

    def sums(self, by_cluster: csr_array) -> FloatArray:
        """Sums over the drawn clusters.

        Args:
            by_cluster: what each cluster adds to each sum, shape (n_sums, n_clusters).

        Returns:
            Shape (n_sums, 1 + draws), float64: column 0 is the table as it is, the others are the draws.
        """
        n_sums, n_clusters = by_cluster.shape
        sums = np.empty((n_sums, 1 + self.draws))
        sums[:, 0] = by_cluster.sum(axis=1)
        present = np.unique(by_cluster.indices)  # most clusters add nothing
        compact = by_cluster[:, present]
        done = 1
        for weights in self.weights(n_clusters):
            sums[:, done : done + len(weights)] = compact @ weights[:, present].T
            done += len(weights)
        return sums


def sums_by_cluster(
    values: FloatArray, row: IntArray, cluster: IntArray, shape: tuple[int, int]
) -> csr_array:
    """What each cluster adds to each sum: ``values`` at (row, cluster), repeated positions added up."""
    from scipy.sparse import csr_array

    return csr_array((values, (row, cluster)), shape=shape)


def percentile_interval(sample: NumberArray) -> EstimateArray:
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
    return EstimateArray(value, np.where(is_defined, low, np.nan), np.where(is_defined, high, np.nan))


def share_interval(successes: NumberArray, trials: NumberArray) -> EstimateArray:
    """The interval of a share of a table and its draws: the percentile interval, and at least Wilson's.

    Below some forty successes the percentiles of a share leave the truth out too often: a table with none among its
    few has none in any draw. Wilson's interval holds there, once the trials count for as many as independent ones
    would be worth (the variance over the draws against that of independent trials); with many successes the two agree.

    Args:
        successes, trials: counts, shape (..., 1 + draws); index 0 of the last axis is the table itself.

    Returns:
        Arrays of shape (...,), NaN where the table has no trial.
    """
    shares = divide(successes, trials)
    drawn = percentile_interval(shares)
    count = trials[..., 0].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        clustering = _variance(shares[..., 1:]) * count / (drawn.value * (1 - drawn.value))
        worth = count / np.fmax(np.where(np.isfinite(clustering), clustering, 1.0), 1.0)
        middle = (drawn.value + Z**2 / (2 * worth)) / (1 + Z**2 / worth)
        variance = drawn.value * (1 - drawn.value) / worth + Z**2 / (4 * worth**2)
        half = Z / (1 + Z**2 / worth) * np.sqrt(variance)
    return EstimateArray(
        drawn.value,
        np.clip(np.fmin(drawn.low, middle - half), 0.0, None),
        np.clip(np.fmax(drawn.high, middle + half), None, 1.0),
    )


def _variance(sample: FloatArray) -> FloatArray:
    """Variance along the last axis of what is defined; NaN where nothing is."""
    is_defined = ~np.isnan(sample)
    mean = np.nansum(sample, axis=-1, keepdims=True) / is_defined.sum(axis=-1, keepdims=True)
    variance: FloatArray = np.nansum((sample - mean) ** 2, axis=-1) / is_defined.sum(axis=-1)
    return variance


def bootstrap_of_sums(
    cluster: NDArray[np.intp],
    columns: Sequence[FloatArray],
    statistic: Callable[..., Any],
    *,
    draws: int,
    seed: int,
) -> Estimate:
    """A figure of column sums with its interval, for few clusters and finite figures; all draws are held at once.

    Args:
        cluster: number of the cluster of each row, from 0 without gaps, shape (n_rows,).
        columns: what is summed, each of shape (n_rows,).
        statistic: of the sums, in order; takes arrays as well as numbers.

    Source:
        Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8: clusters are
        resampled whole.
    """
    clusters = int(cluster.max()) + 1
    sums = np.stack([np.bincount(cluster, weights=column, minlength=clusters) for column in columns])
    drawn = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
    low, high = np.quantile(statistic(*(sums @ drawn.T)), [0.025, 0.975])
    return Estimate(float(statistic(*sums.sum(axis=1))), float(low), float(high))


def divide(above: NumberArray, below: NumberArray) -> FloatArray:
    """Element-wise ratio: infinite where only ``below`` is 0, NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.true_divide(above, below), dtype=np.float64)


def jensen_shannon(p: FloatArray, q: FloatArray) -> float:
    """Jensen-Shannon divergence of two distributions of shape (n_categories,), bits, 0 to 1.

    Source:
        J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory
        37 (1991), 145-151.
    """
    middle = (p + q) / 2

    def divergence(side: FloatArray) -> float:
        positive = side > 0
        return float((side[positive] * np.log2(side[positive] / middle[positive])).sum())

    return (divergence(p) + divergence(q)) / 2

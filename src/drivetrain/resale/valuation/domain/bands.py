"""Price bands: low, mid and high, with break points learned from prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BANDS = ("low", "mid", "high")
_MOST_POINTS = 1_000
"""Prices among which the breaks are looked for; a longer list is stood in for by so many of its quantiles."""


@dataclass(frozen=True, slots=True)
class PriceBands:
    """Three bands.

    Attributes:
        mid_from, high_from: least price of the band, in the currency of the market; ``0 < mid_from <
            high_from``.
    """

    mid_from: float
    high_from: float

    def of(self, price: float) -> str:
        """The band of a price."""
        return BANDS[(price >= self.mid_from) + (price >= self.high_from)]

    def numbers(self, prices: FloatArray) -> NDArray[np.intp]:
        """Place of each price's band in ``BANDS``, shape (n,)."""
        return np.searchsorted([self.mid_from, self.high_from], prices, side="right")

    def as_dict(self) -> dict[str, float]:
        """Plain values; ``from_dict`` reads them back."""
        return {"mid_from": self.mid_from, "high_from": self.high_from}

    @classmethod
    def from_dict(cls, plain: Mapping[str, float]) -> PriceBands:
        """The bands that ``as_dict`` wrote."""
        return cls(plain["mid_from"], plain["high_from"])


def natural_bands(prices: FloatArray) -> PriceBands:
    """The bands whose members are most alike: natural breaks of the logarithm of the price.

    Buyers compare prices by how many times dearer one is, so likeness is measured in logarithms; natural
    breaks fall where prices are thin, so few cars change their band when a price is a little off. Of all ways
    to cut the sorted prices twice, the one with the least squared distance to the means of the three parts is
    taken, and each break lies midway between its neighbors on the logarithmic scale, rounded to whole units
    of the currency.

    Args:
        prices: shape (n,), > 0, with at least three different values.

    Raises:
        ValueError: fewer than three different prices.

    Source:
        Fisher (1958), On grouping for maximum homogeneity; known to map makers as Jenks's natural breaks.
    """
    points = np.sort(np.log(prices))
    if len(points) > _MOST_POINTS:
        points = np.quantile(points, (np.arange(_MOST_POINTS) + 0.5) / _MOST_POINTS)
    starts = np.flatnonzero(np.diff(points) > 0) + 1  # a part starts where the price changes
    if len(starts) < 2:
        raise ValueError("price bands need at least three different prices")
    first, second = _best_cuts(points, starts)
    edges = [float(np.round(np.exp((points[cut - 1] + points[cut]) / 2))) for cut in (first, second)]
    return PriceBands(*edges)


def _best_cuts(points: FloatArray, starts: NDArray[np.intp]) -> tuple[int, int]:
    """The two starts of parts that leave the least squared distance to the parts' means."""
    centered = points - points.mean()  # keeps the differences of sums exact enough
    sums = np.concatenate([[0.0], np.cumsum(centered)])
    squares = np.concatenate([[0.0], np.cumsum(centered**2)])

    def within(begin: NDArray[np.intp] | int, end: NDArray[np.intp] | int) -> FloatArray:
        total: FloatArray = (
            squares[end]
            - squares[begin]
            - (sums[end] - sums[begin]) ** 2 / np.maximum(end - np.asarray(begin), 1)
        )
        return total

    first, second = np.meshgrid(starts, starts, indexing="ij")
    costs = np.where(
        first < second, within(0, first) + within(first, second) + within(second, len(points)), np.inf
    )
    best = np.unravel_index(int(np.argmin(costs)), costs.shape)
    return int(starts[best[0]]), int(starts[best[1]])

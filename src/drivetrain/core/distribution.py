"""How a number is distributed over many things."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.statistics import Estimate, Z

FloatArray = NDArray[np.float64]

QUANTILES: Mapping[str, float] = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
MOST_BINS = 20
_SHOWN = (0.01, 0.99)
"""Quantiles between which bins are laid: a single one of a million would leave all others in one bin."""

_STEPS = (1.0, 2.0, 5.0, 10.0)


class Bin(NamedTuple):
    """Things from a number on to below the next one; the first and the last bin hold what lies beyond them, too."""

    low: float
    high: float
    cases: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """A number over many things.

    Attributes:
        known, unknown: things that have the number, and that do not.
        quantiles: by name of ``QUANTILES``; empty where none has the number.
        median: with its interval, NaN where there are too few.
    """

    known: int
    unknown: int
    quantiles: Mapping[str, float] = field(default_factory=dict)
    median: Estimate = field(default_factory=lambda: Estimate(math.nan))
    bins: Sequence[Bin] = ()


def distribution_of(numbers: FloatArray) -> Distribution:
    """The distribution of numbers, NaN for unknown, shape (n,)."""
    known = np.sort(numbers[~np.isnan(numbers)])
    unknown = len(numbers) - len(known)
    if not len(known):
        return Distribution(0, unknown)
    quantiles = np.quantile(known, list(QUANTILES.values())).tolist()
    return Distribution(
        len(known), unknown, dict(zip(QUANTILES, quantiles, strict=True)), median_of(known), _bins(known)
    )


def median_of(ordered: FloatArray) -> Estimate:
    """The median of ascending numbers with an interval between two of them, whatever the distribution.

    Returns:
        NaN for no numbers; bounds of NaN for fewer than six.

    Source:
        W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2.
    """
    count = len(ordered)
    if not count:
        return Estimate(math.nan)
    median = float(np.median(ordered))
    rank = math.floor((count - Z * math.sqrt(count) + 1) / 2)  # from either end; with continuity correction
    if rank < 1:
        return Estimate(median)
    return Estimate(median, float(ordered[rank - 1]), float(ordered[-rank]))


def _bins(ordered: FloatArray) -> list[Bin]:
    low, high = np.quantile(ordered, _SHOWN).tolist()
    step = _round_step((high - low) / (MOST_BINS - 1))
    first, last = math.floor(low / step), math.floor(high / step) + 1
    edges = np.arange(first, last + 1) * step
    places = np.clip(np.floor(ordered / step) - first, 0, last - first - 1).astype(np.int64)
    counts = np.bincount(places, minlength=last - first).tolist()
    return [
        Bin(float(edge), float(edge + step), count) for edge, count in zip(edges[:-1], counts, strict=True)
    ]


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not smaller; 1 for no width at all."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))

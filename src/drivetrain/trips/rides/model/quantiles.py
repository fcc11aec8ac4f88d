"""Tables of quantiles: distributions as the data show them, drawn from in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVELS = 129
"""Evenly spaced levels of each table, the ends among them."""

_TRIMMED = 0.001
"""The ends stand for this much of each tail: the one extreme ride of a day is not what tomorrow's extreme
will be."""

_PROBABILITIES = np.clip(np.linspace(0.0, 1.0, LEVELS), _TRIMMED, 1.0 - _TRIMMED)


def quantile_table(
    values: FloatArray, groups: IntArray, n_groups: int, *, parents: IntArray, fewest: int
) -> FloatArray:
    """Quantiles of each group; a thin group takes those of its parent, and a thin parent those of all.

    Args:
        values: shape (n,), finite, n >= 1.
        groups: shape (n,), 0 to n_groups - 1.
        parents: shape (n_groups,), the larger group each belongs to.
        fewest: a group with fewer values is thin.

    Returns:
        Shape (n_groups, LEVELS), each row rising.
    """
    of_all = quantiles(values)
    rows = []
    for group in range(n_groups):
        own = values[groups == group]
        wider = own if len(own) >= fewest else values[parents[groups] == parents[group]]
        rows.append(quantiles(wider) if len(wider) >= fewest else of_all)
    return np.array(rows)


def quantiles(values: FloatArray) -> FloatArray:
    """Quantiles of one set of values, shape (LEVELS,), rising."""
    of_values: FloatArray = np.quantile(values, _PROBABILITIES)
    return of_values


def normal_table(means: Sequence[float], sds: Sequence[float]) -> FloatArray:
    """Quantiles of normal distributions, shape (n_groups, LEVELS)."""
    from scipy.special import ndtri  # half a second that only whoever makes parameters waits for

    table: FloatArray = np.array(means)[:, None] + np.array(sds)[:, None] * ndtri(_PROBABILITIES)
    return table


def quantile_of(table: FloatArray, groups: IntArray, uniform: FloatArray) -> FloatArray:
    """One draw per ride from the row of its group; straight lines between the levels.

    Args:
        groups: shape (n,), rows of the table.
        uniform: shape (n,), in [0, 1).
    """
    place = uniform * (LEVELS - 1)
    below = place.astype(np.int64)
    cell = groups * LEVELS + below
    flat = table.ravel()
    low: FloatArray = flat[cell]
    drawn: FloatArray = low + (place - below) * (flat[cell + 1] - low)
    return drawn

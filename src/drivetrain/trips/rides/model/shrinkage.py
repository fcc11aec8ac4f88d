"""Shrinkage: how far a thin group is drawn toward a larger one, by what the data themselves say (empirical Bayes)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_STRENGTHS = np.geomspace(0.5, 50_000.0, 60)


def dirichlet_strength(counts: FloatArray, toward: FloatArray) -> float:
    """How many observations the prior shares count for, by the likelihood of the counts.

    Counts of each row are Dirichlet-multinomial with parameters ``strength * toward``; the strength of the
    greatest likelihood is one of 60 between 0.5 and 50,000, a fifth apart from the next, which is finer than
    the data can tell.

    Args:
        counts: shape (n_rows, n_classes), >= 0; rows without counts say nothing.
        toward: same shape, > 0 where counts are, rows sum to 1.

    Source:
        Minka, Estimating a Dirichlet distribution (2000), section 3.
    """
    from scipy.special import gammaln  # half a second that only whoever fits waits for

    totals = counts.sum(axis=1)
    totals = totals[totals > 0]
    rows, classes = np.nonzero(counts)
    present, shares = counts[rows, classes], toward[rows, classes]
    likelihood = [
        float(
            (gammaln(k) - gammaln(k + totals)).sum()
            + (gammaln(k * shares + present) - gammaln(k * shares)).sum()
        )
        for k in _STRENGTHS
    ]
    return float(_STRENGTHS[int(np.argmax(likelihood))])


def shrunk_profiles(counts: FloatArray, toward: FloatArray) -> FloatArray:
    """Shares of each row, drawn toward the prior shares; same shape as both."""
    strength = dirichlet_strength(counts, toward)
    shares: FloatArray = (counts + strength * toward) / (counts.sum(axis=1, keepdims=True) + strength)
    return shares


def shrunk_mean(values: FloatArray, groups: IntArray, n_groups: int) -> FloatArray:
    """Means of groups, drawn toward 0 by how much of their differences is chance (James and Stein; moments).

    Args:
        values: shape (n,), with mean about 0 over the groups.
        groups: shape (n,), 0 to n_groups - 1.

    Returns:
        Shape (n_groups,); 0 for an empty group.
    """
    n = np.bincount(groups, minlength=n_groups)
    mean = np.bincount(groups, values, minlength=n_groups) / np.maximum(n, 1)
    filled = int(np.count_nonzero(n))
    within = float(np.sum((values - mean[groups]) ** 2)) / max(1, len(values) - filled)
    by_chance = within * filled
    between = (float(np.sum(n * mean**2)) - by_chance) / max(1, len(values))
    chance_per_ride = within / between if between > 0 else np.inf
    shrunk: FloatArray = mean * n / (n + chance_per_ride)
    return shrunk

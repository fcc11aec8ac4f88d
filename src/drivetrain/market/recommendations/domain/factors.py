"""Factors of types of cars, by alternating least squares on who looked at which how much.

Source: Hu, Koren, Volinsky, Collaborative Filtering for Implicit Feedback Datasets, ICDM 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RANK, ROUNDS = 24, 8
CONFIDENCE = 4.0
"""How much surer one view makes of a liking; 1 is how sure it is that who did not look does not like."""

RIDGE = 4.0


@dataclass(frozen=True, slots=True)
class Interest:
    """How much each of some buyers looked at each of some types; each pair once.

    Attributes:
        buyers, types: places; shape (n,).
        amounts: > 0; shape (n,).
    """

    buyers: IntArray
    types: IntArray
    amounts: FloatArray

    @classmethod
    def summed(cls, buyers: IntArray, types: IntArray, amounts: FloatArray) -> Interest:
        """Add up pairs that are given several times."""
        if not len(buyers):
            return cls(buyers, types, amounts)
        width = int(types.max()) + 1
        pairs, places = np.unique(buyers * width + types, return_inverse=True)
        return cls(pairs // width, pairs % width, np.bincount(places, amounts).astype(np.float64))


def fitted_factors(interest: Interest, n_buyers: int, n_types: int, *, seed: int = 0) -> FloatArray:
    """Factors of the types; those of the buyers are folded in whenever one asks.

    Args:
        interest: of places below ``n_buyers`` and ``n_types``.

    Returns:
        Shape (n_types, ``RANK``); zeros for types that nobody looked at.
    """
    draw = np.random.default_rng(seed)
    of_types = draw.normal(0.0, 0.1, (n_types, RANK))
    by_type = np.argsort(interest.types, kind="stable")
    turned = Interest(interest.types[by_type], interest.buyers[by_type], interest.amounts[by_type])
    for _ in range(ROUNDS):
        of_buyers = _solved(interest, of_types, common_to_all(of_types), n_buyers)
        of_types = _solved(turned, of_buyers, common_to_all(of_buyers), n_types)
    return of_types


def common_to_all(factors: FloatArray) -> FloatArray:
    """What the equations of all buyers share: that who did not look at a type is not sure to like it."""
    return np.asarray(factors.T @ factors + RIDGE * np.eye(factors.shape[1]), dtype=np.float64)


def folded_in(
    factors: FloatArray, common: FloatArray, types: Sequence[int], amounts: Sequence[float]
) -> FloatArray:
    """The factors of one buyer; zeros for one who looked at nothing.

    Args:
        factors: of the types, shape (n_types, rank).
        common: of these, as ``common_to_all`` gives it.
        types: places of those that the buyer looked at, each once.
        amounts: how much.
    """
    interest = Interest(
        np.zeros(len(types), dtype=np.int64), np.array(types, np.int64), np.array(amounts, float)
    )
    folded: FloatArray = _solved(interest, factors, common, 1)[0]
    return folded


def _solved(interest: Interest, others: FloatArray, common: FloatArray, count: int) -> FloatArray:
    """One half of a round: the factors of all rows while those of the others stand still.

    Args:
        interest: ordered by ``buyers``, the rows that are solved for.
        others: factors of ``types``.
    """
    rank = others.shape[1]
    left, right = np.tile(common, (count, 1, 1)), np.zeros((count, rank))
    ends = np.searchsorted(interest.buyers, np.arange(count + 1))
    for row in np.flatnonzero(np.diff(ends)):
        places = slice(ends[row], ends[row + 1])
        vectors, more = others[interest.types[places]], CONFIDENCE * interest.amounts[places]
        left[row] += (vectors * more[:, None]).T @ vectors
        right[row] = (1.0 + more) @ vectors
    return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0], dtype=np.float64)

"""How much wider or narrower the range of a group of cars is than the spread of its errors alone would make it.

A group is the cars that share a flag or a word: those without winter tires, the blue ones, the vans. The trees of the
spread are fitted for the mean error and shrink what a small group shows, so that a group's range may hold less than it
promises. Its scale makes up for that: it is raked from errors of models that did not see the cars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.data.contracts import ListColumn
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.rental.price.model.contract import RENTAL_PRICE

ROWS_FOR_OWN_SCALE = 30
"""A group with fewer rows has three errors beyond its 90th percentile: too few for one of its own."""

SHRINKAGE_ROWS = 50.0
"""Weight of a scale of 1, in rows."""

ROUNDS = 2
"""Cars belong to a group of every field: a scale of one field shifts the coverage of the others. The second round
mends most of that; more of them changed no figure."""

LEAST_STEP, MOST_STEP = 0.5, 2.0
"""Of one round: a table of few or equal prices must not give a range of no width."""

_FIRST = RENTAL_PRICE.names.index("fuel")
"""From this column on every field is a word of a closed list or a flag."""

_CODES = tuple(
    len(column.values) + 1 if isinstance(column, ListColumn) else 2
    for column in RENTAL_PRICE.columns[_FIRST:]
)


@dataclass(frozen=True, slots=True)
class GroupScales:
    """Factors of the spread by field and code.

    Attributes:
        by_field: for each word and flag in the order of the contract, shape (n_codes,), > 0.
    """

    by_field: Sequence[FloatArray]
    _flat: FloatArray = field(init=False, repr=False, compare=False)
    _starts: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _lists: list[list[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the fields end to end, so that one look-up serves all of them."""
        object.__setattr__(self, "_flat", np.concatenate(self.by_field))
        ends = np.cumsum([len(scales) for scales in self.by_field])
        object.__setattr__(self, "_starts", np.concatenate([[0], ends[:-1]]))
        object.__setattr__(self, "_lists", self.as_lists())

    def of(self, matrix: FloatArray) -> FloatArray:
        """The product of each row's scales, shape (n_rows,)."""
        places = matrix[:, _FIRST:].astype(np.intp)
        places += self._starts
        return np.multiply.reduce(self._flat.take(places), axis=1)  # type: ignore[no-any-return]

    def of_one(self, features: Sequence[float]) -> float:
        """The product of one row's scales, to the bit.

        Args:
            features: as in a row of the matrix.
        """
        product = 1.0
        for scales, code in zip(self._lists, features[_FIRST:], strict=True):
            product *= scales[int(code)]
        return product

    def as_lists(self) -> list[list[float]]:
        """Plain values; ``from_lists`` reads them back."""
        return [scales.tolist() for scales in self.by_field]

    @classmethod
    def from_lists(cls, plain: Sequence[Sequence[float]]) -> GroupScales:
        """The scales that ``as_lists`` wrote."""
        return cls([np.asarray(scales, dtype=np.float64) for scales in plain])


def fit_group_scales(matrix: FloatArray, sizes: FloatArray) -> GroupScales:
    """Rake the scales until each group's range holds the share that is promised.

    Args:
        matrix: shape (n_rows, n_features).
        sizes: each row's error by the half of its range on that side, shape (n_rows,): the range held the price where it
            is at most 1.

    Source:
        Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table, for the raking; Gibbs,
        Cherian and Candès (2023), Conformal prediction with conditional guarantees, for what the groups are promised.
    """
    by_field = [np.ones(codes) for codes in _CODES]
    fields = matrix[:, _FIRST:].astype(np.intp).T
    left = sizes.copy()
    for _ in range(ROUNDS):
        for place, codes in enumerate(fields):
            steps = np.asarray([_step(left[codes == code]) for code in range(_CODES[place])])
            by_field[place] *= steps
            left /= steps[codes]
    return GroupScales(by_field)


def _step(sizes: FloatArray) -> float:
    """By how much a group's range must be scaled to hold its share, shrunk toward not at all."""
    if len(sizes) < ROWS_FOR_OWN_SCALE:
        return 1.0
    own = min(max(float(np.quantile(sizes, COVERAGE)), LEAST_STEP), MOST_STEP)
    return float(own ** (len(sizes) / (len(sizes) + SHRINKAGE_ROWS)))

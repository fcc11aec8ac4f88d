"""How much wider or narrower the range of a group of cars is than the spread of its errors alone would make it.

A group is the cars that share a flag, a word or a year: those without winter tires, the blue ones, the vans. The trees of
the spread are fitted for all cars and shrink what a small group shows, so that a group's range may hold less than it
promises. Its scale makes up for that: it is raked from errors of models that did not see the cars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.learning.features import FloatArray

ROWS_FOR_OWN_SCALE = 30
"""A group with fewer rows has three errors beyond its 90th percentile: too few for one of its own."""

SHRINKAGE_ROWS = 50.0
"""Weight of a scale of 1, in rows."""

ROUNDS = 2
"""Cars belong to a group of every field: a scale of one field shifts the coverage of the others. The second round
mends most of that; more of them changed no figure."""

LEAST_STEP, MOST_STEP = 0.5, 2.0
"""Of one round: a table of few or equal prices must not give a range of no width."""


@dataclass(frozen=True, slots=True)
class GroupField:
    """A column of whole numbers, each of which makes a group.

    Attributes:
        column: of the matrix.
        codes: how many groups there are.
        first: number of the first group; a smaller one counts to it, one past the last to the last.
    """

    column: int
    codes: int
    first: int = 0

    def groups(self, matrix: FloatArray) -> NDArray[np.intp]:
        """The group of each row, from 0, shape (n_rows,)."""
        return np.clip(matrix[:, self.column].astype(np.intp) - self.first, 0, self.codes - 1)


@dataclass(frozen=True, slots=True)
class GroupScales:
    """Factors of the spread by field and code.

    Attributes:
        fields: where the groups stand in the matrix.
        by_field: for each of these, shape (n_codes,), > 0.

    Raises:
        ValueError: there are more or fewer scales than groups.
    """

    fields: Sequence[GroupField]
    by_field: Sequence[FloatArray]
    _flat: FloatArray = field(init=False, repr=False, compare=False)
    _columns: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _offsets: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _bounds: tuple[NDArray[np.intp], NDArray[np.intp]] | None = field(init=False, repr=False, compare=False)
    _lists: list[tuple[int, list[float]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the fields end to end, so that one look-up serves all of them."""
        codes = [each.codes for each in self.fields]
        if [len(scales) for scales in self.by_field] != codes:
            raise ValueError("the scales are not those of the groups")
        ends = np.cumsum(codes)
        starts = ends - codes
        is_bounded = any(each.first for each in self.fields)
        object.__setattr__(self, "_flat", np.concatenate(self.by_field))
        object.__setattr__(self, "_columns", np.asarray([each.column for each in self.fields]))
        object.__setattr__(self, "_offsets", starts - [each.first for each in self.fields])
        object.__setattr__(self, "_bounds", (starts, ends - 1) if is_bounded else None)
        columns = [each.column for each in self.fields]
        object.__setattr__(self, "_lists", list(zip(columns, self.as_lists(), strict=True)))

    def of(self, matrix: FloatArray) -> FloatArray:
        """The product of each row's scales, shape (n_rows,)."""
        places = matrix.take(self._columns, axis=1).astype(np.intp)
        places += self._offsets
        if self._bounds is not None:
            np.maximum(places, self._bounds[0], out=places)
            np.minimum(places, self._bounds[1], out=places)
        return np.multiply.reduce(self._flat.take(places), axis=1)  # type: ignore[no-any-return]

    def of_one(self, features: Sequence[float]) -> float:
        """The product of one row's scales, to the bit.

        Args:
            features: as in a row of the matrix.
        """
        product = 1.0
        if self._bounds is not None:
            for each, (column, scales) in zip(self.fields, self._lists, strict=True):
                product *= scales[min(max(int(features[column]) - each.first, 0), each.codes - 1)]
            return product
        for column, scales in self._lists:
            product *= scales[int(features[column])]
        return product

    def as_lists(self) -> list[list[float]]:
        """Plain values; ``from_lists`` reads them back."""
        return [scales.tolist() for scales in self.by_field]

    @classmethod
    def from_lists(cls, fields: Sequence[GroupField], plain: Sequence[Sequence[float]]) -> GroupScales:
        """The scales that ``as_lists`` wrote."""
        return cls(fields, [np.asarray(scales, dtype=np.float64) for scales in plain])


def fit_group_scales(matrix: FloatArray, sizes: FloatArray, fields: Sequence[GroupField]) -> GroupScales:
    """Rake the scales until each group's range holds the share that is promised.

    Args:
        matrix: shape (n_rows, n_features).
        sizes: each row's error by the half of its range on that side, shape (n_rows,): the range held the price where it
            is at most 1.
        fields: whose groups.

    Source:
        Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table, for the raking; Gibbs,
        Cherian and Candès (2023), Conformal prediction with conditional guarantees, for what the groups are promised.
    """
    by_field = [np.ones(each.codes) for each in fields]
    numbers = [each.groups(matrix) for each in fields]
    left = sizes.copy()
    for _ in range(ROUNDS):
        for place, codes in enumerate(numbers):
            steps = np.asarray([_step(left[codes == code]) for code in range(fields[place].codes)])
            by_field[place] *= steps
            left /= steps[codes]
    return GroupScales(fields, by_field)


def _step(sizes: FloatArray) -> float:
    """By how much a group's range must be scaled to hold its share, shrunk toward not at all."""
    if len(sizes) < ROWS_FOR_OWN_SCALE:
        return 1.0
    own = min(max(float(np.quantile(sizes, COVERAGE)), LEAST_STEP), MOST_STEP)
    return float(own ** (len(sizes) / (len(sizes) + SHRINKAGE_ROWS)))

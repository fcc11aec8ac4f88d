"""Turning checked rows into numbers: one function for one request and for a million rows.

The fitted vocabulary is part of the model and travels with it as JSON.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Column, Contract, ListColumn

FloatArray = NDArray[np.float64]
Columns = Mapping[str, Sequence[Any]]
"""Checked rows, column by column: canonical values, all of one length."""

RARE = 0.0
"""The code of every word that the training table shows too seldom, or never."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the matrix: a number or flag as it stands, or a word by its place in a vocabulary.

    Attributes:
        vocabulary: the words, and None where the column is optional: no word has a code of its own.
        most: larger numbers count as this one; None for no cap.
    """

    name: str
    vocabulary: tuple[str | None, ...] | None = None
    most: float | None = None
    _codes: dict[str | None, float] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Number the words from 1; 0 is for the rare and the unknown."""
        self._codes.update({word: float(code) for code, word in enumerate(self.vocabulary or (), start=1)})

    def number(self, value: Any) -> float:
        """One value as a number, with the cap; NaN for none."""
        if self.vocabulary is not None:
            return self._codes.get(value, RARE)
        if value is None:
            return math.nan
        return self.most if self.most is not None and value > self.most else float(value)

    def numbers(self, values: Sequence[Any]) -> Sequence[Any]:
        """The values as numbers, in order."""
        if self.vocabulary is None:
            return values
        codes = self._codes
        return [codes.get(word, RARE) for word in values]


@dataclass(frozen=True, slots=True)
class FeatureEncoder:
    """The columns of a model's matrix in order."""

    features: tuple[Feature, ...]
    _caps: FloatArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the caps side by side, so that one step serves all columns."""
        caps = [np.inf if feature.most is None else feature.most for feature in self.features]
        object.__setattr__(self, "_caps", np.asarray(caps, dtype=np.float64))

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in the order of the matrix."""
        return tuple(feature.name for feature in self.features)

    @property
    def categorical(self) -> list[int]:
        """Indices of the features that are codes of words."""
        return [index for index, feature in enumerate(self.features) if feature.vocabulary is not None]

    def row(self, row: Mapping[str, Any]) -> list[float]:
        """One row as numbers, the bits of ``matrix``."""
        return [feature.number(row[feature.name]) for feature in self.features]

    def matrix(self, rows: Columns) -> FloatArray:
        """Rows as numbers, shape (n_rows, n_features); NaN only for a missing number of an optional column."""
        columns = [feature.numbers(rows[feature.name]) for feature in self.features]
        matrix = np.ascontiguousarray(np.array(columns, dtype=np.float64).T)
        return np.minimum(matrix, self._caps, out=matrix)

    def as_dict(self) -> list[dict[str, Any]]:
        """Plain values; ``from_dict`` reads them back."""
        return [
            {"name": feature.name, "vocabulary": feature.vocabulary, "most": feature.most}
            for feature in self.features
        ]

    @classmethod
    def from_dict(cls, plain: Sequence[Mapping[str, Any]]) -> FeatureEncoder:
        """The encoder that ``as_dict`` wrote."""
        return cls(
            tuple(
                Feature(
                    item["name"],
                    None if item["vocabulary"] is None else tuple(item["vocabulary"]),
                    item["most"],
                )
                for item in plain
            )
        )


def fit_encoder(
    contract: Contract, rows: Columns, *, fewest: int, most: Mapping[str, float] | None = None
) -> FeatureEncoder:
    """Learn the vocabularies.

    Args:
        contract: which columns there are; a closed list is its own vocabulary.
        rows: the training rows.
        fewest: a word of an open list with fewer rows than this shares the code of the unknown ones.
        most: caps by column name.
    """
    caps = most or {}
    return FeatureEncoder(
        tuple(
            Feature(column.name, _vocabulary(column, rows, fewest), caps.get(column.name))
            for column in contract.columns
        )
    )


def _vocabulary(column: Column, rows: Columns, fewest: int) -> tuple[str | None, ...] | None:
    if not isinstance(column, ListColumn):
        return None
    no_word = (None,) if column.optional else ()
    if not column.is_open:
        return *column.values, *no_word
    return *frequent_words(rows[column.name], fewest), *no_word


def frequent_words(values: Sequence[str | None], fewest: int) -> list[str]:
    """The words that occur at least so often, sorted."""
    counts = Counter(values)
    return sorted(word for word, count in counts.items() if count >= fewest and word is not None)


def as_columns(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows turned on their side."""
    return {name: list(map(itemgetter(name), rows)) for name in names}


def logged_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Logged inputs turned on their side.

    A model may be asked more than one question: a field that a row lacks is None.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def take(rows: Columns, index: NDArray[np.intp]) -> dict[str, list[Any]]:
    """The rows at ``index``, in that order."""
    return {name: [values[position] for position in index] for name, values in rows.items()}

"""What stands in the columns of a table as it was sent: missing cells, distributions, odd values, rows that stand there twice.

It is made while the rows are read, cell by cell, and holds no rows: a table of any length costs the numbers of its number
columns and a bounded count of words.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from drivetrain.core.distribution import Distribution, FloatArray, distribution_of
from drivetrain.core.numerals import AmbiguousNumber, read_numerals
from drivetrain.core.text import is_unknown, shortened

MOST_COLUMNS = 60
MOST_WORDS = 20_000
"""Different texts of a column that are counted one by one; the cells of further ones are counted together."""

SHOWN_WORDS = 10
SHOWN_ODD = 5
_LONGEST_TEXT = 64
_NUMBERS_FROM = 0.5
"""Share of a column's filled cells from which on it is one of numbers."""

_FAR = 3.0
"""Widths of the middle half of the numbers, beyond which one is far from the others (Tukey's outer fences)."""


_PLAIN = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""These may be thousands, which the whole column decides."""

_CODE = re.compile(r"0\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that is not like the others of its column: a text among numbers, or a number far from all others.

    Attributes:
        row: 1-based data row.
    """

    row: int
    cell: str


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column.

    Attributes:
        filled, missing: cells that say something, and that do not.
        words: different texts, at least; ``MOST_WORDS`` where they are more.
        most_frequent: texts with how many cells have each.
        numbers: of a column of numbers; None for one of words.
        odd, odd_cells: how many cells are odd, and the first of them; none in a column of words.
    """

    heading: str
    filled: int
    missing: int
    words: int
    most_frequent: Sequence[tuple[str, int]]
    numbers: Distribution | None
    odd: int
    odd_cells: Sequence[OddCell]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "heading": self.heading,
            "filled": self.filled,
            "missing": self.missing,
            "words": self.words,
            "most_frequent": [{"text": text, "cells": cells} for text, cells in self.most_frequent],
            "numbers": None if self.numbers is None else _numbers_as_dict(self.numbers),
            "odd": self.odd,
            "odd_cells": [{"row": each.row, "cell": each.cell} for each in self.odd_cells],
        }


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A whole table.

    Attributes:
        columns: the first ``MOST_COLUMNS``.
        repeated: rows that say in every cell what one before them says.
        first_repeated: the first of them, each with the row that it repeats.
    """

    rows: int
    columns: Sequence[ColumnProfile]
    repeated: int
    first_repeated: Sequence[tuple[int, int]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "rows": self.rows,
            "columns": [column.as_dict() for column in self.columns],
            "repeated": self.repeated,
            "first_repeated": [{"row": row, "first": first} for row, first in self.first_repeated],
        }


@dataclass(slots=True)
class TableProfiler:
    """Takes the rows of a table one after the other."""

    header: Sequence[str]
    _rows: int = 0
    _columns: list[_Column] = field(init=False)
    _known: dict[int, int] = field(default_factory=dict)
    _repeated: int = 0
    _first_repeated: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without rows."""
        self._columns = [
            _Column(shortened(name, longest=_LONGEST_TEXT)) for name in self.header[:MOST_COLUMNS]
        ]

    def take(self, cells: Sequence[str]) -> None:
        """Take the next row; cells that it lacks at its end are missing."""
        self._rows += 1
        first = self._known.setdefault(hash(tuple(cells)), self._rows)
        if first != self._rows:
            self._repeated += 1
            if len(self._first_repeated) < SHOWN_ODD:
                self._first_repeated.append((self._rows, first))
        for place, column in enumerate(self._columns):
            column.take(cells[place].strip() if place < len(cells) else "", self._rows)

    def profile(self) -> TableProfile:
        """What was seen so far."""
        columns = [column.profile() for column in self._columns]
        return TableProfile(self._rows, columns, self._repeated, self._first_repeated)


@dataclass(slots=True)
class _Column:
    """One column while it is read: plain numbers with their rows, all other texts with the row of the first cell."""

    heading: str
    missing: int = 0
    words: Counter[str] = field(default_factory=Counter)
    first_rows: dict[str, int] = field(default_factory=dict)
    others: int = 0
    numbers: array[float] = field(default_factory=lambda: array("d"))
    number_rows: array[int] = field(default_factory=lambda: array("L"))

    def take(self, cell: str, row: int) -> None:
        if not cell or is_unknown(cell):
            self.missing += 1
            return
        number = _plain_number(cell)
        if number is not None:
            self.numbers.append(number)
            self.number_rows.append(row)
        if cell in self.words or len(self.words) < MOST_WORDS:
            self.words[cell] += 1
            self.first_rows.setdefault(cell, row)
        elif number is None:
            self.others += 1

    def profile(self) -> ColumnProfile:
        numerals = read_numerals(self.words, lambda _: True)
        # numbers in another writing than a program's: 12.500,00 or 1'250; 00123 is a code
        read = {
            word: None if _CODE.fullmatch(word) else number
            for word, number in numerals.items()
            if _plain_number(word) is None
        }
        # where nothing decides about 12.500, a column with three digits behind every mark groups them
        written = {
            word: number.as_groups if isinstance(number, AmbiguousNumber) else number
            for word, number in read.items()
            if number is not None
        }
        texts = {word: cells for word, cells in self.words.items() if word in read and word not in written}
        filled = (
            len(self.numbers) + sum(cells for word, cells in self.words.items() if word in read) + self.others
        )
        numbers = np.concatenate(
            [np.array(self.numbers), *(np.full(self.words[word], number) for word, number in written.items())]
        )
        most = [
            (shortened(word, longest=_LONGEST_TEXT), cells)
            for word, cells in self.words.most_common(SHOWN_WORDS)
        ]
        common = (self.heading, filled, self.missing, min(len(self.words), MOST_WORDS), most)
        if not filled or len(numbers) < _NUMBERS_FROM * filled:
            return ColumnProfile(*common, None, 0, ())
        low, high = _fences(numbers)
        far = int(np.count_nonzero((numbers < low) | (numbers > high)))
        odd = sorted([*self._texts(texts), *self._far(low, high)], key=lambda each: each.row)
        count = sum(texts.values()) + self.others + far
        return ColumnProfile(*common, distribution_of(numbers), count, odd[:SHOWN_ODD])

    def _texts(self, texts: Mapping[str, int]) -> Iterator[OddCell]:
        for word in islice(texts, SHOWN_ODD):
            yield OddCell(self.first_rows[word], shortened(word, longest=_LONGEST_TEXT))

    def _far(self, low: float, high: float) -> Iterator[OddCell]:
        plain = np.array(self.numbers)
        for place in np.flatnonzero((plain < low) | (plain > high))[:SHOWN_ODD].tolist():
            yield OddCell(int(self.number_rows[place]), f"{self.numbers[place]:g}")


def _plain_number(cell: str) -> float | None:
    """The number of a cell that every program reads alike; a code with zeros in front is none."""
    return float(cell) if _PLAIN.fullmatch(cell) and not _GROUPED.fullmatch(cell) else None


def _fences(numbers: FloatArray) -> tuple[float, float]:
    """Between which numbers a column's lie, but for those far from the others; all of them where half are equal."""
    lower, upper = np.quantile(numbers, (0.25, 0.75)).tolist()
    if lower == upper:
        return -np.inf, np.inf
    width = upper - lower
    return lower - _FAR * width, upper + _FAR * width


def _numbers_as_dict(numbers: Distribution) -> dict[str, Any]:
    return {
        "known": numbers.known,
        "quantiles": {name: float(f"{value:.6g}") for name, value in numbers.quantiles.items()},
        "bins": [{"low": each.low, "high": each.high, "cells": each.cases} for each in numbers.bins],
    }

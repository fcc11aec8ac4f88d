"""Answers about what stands in a table."""

from __future__ import annotations

from typing_extensions import TypedDict


class FrequentTextAnswer(TypedDict):
    """A text of a column, and how many cells have it."""

    text: str
    cells: int


class NumberBinAnswer(TypedDict):
    """Cells from a number on to below the next; the first and last bin hold what lies beyond them, too."""

    low: float
    high: float
    cells: int


class ColumnNumbersAnswer(TypedDict):
    """How the numbers of a column are distributed. Quantiles `p10` to `p90`."""

    known: int
    quantiles: dict[str, float]
    bins: list[NumberBinAnswer]


class OddCellAnswer(TypedDict):
    """A text among numbers, or a number far from all others; ``row`` is the data row, from 1."""

    row: int
    cell: str


class ColumnProfileAnswer(TypedDict):
    """What stands in a column as it was sent.

    ``words`` counts different texts, up to 20,000. ``numbers`` is null for a column of words. ``odd`` counts texts among
    numbers, and numbers more than three widths of the middle half away from it.
    """

    heading: str
    filled: int
    missing: int
    words: int
    most_frequent: list[FrequentTextAnswer]
    numbers: ColumnNumbersAnswer | None
    odd: int
    odd_cells: list[OddCellAnswer]


class RepeatedRowAnswer(TypedDict):
    """A row that says in every cell what the ``first`` one says."""

    row: int
    first: int


class TableProfileAnswer(TypedDict):
    """What stands in a table as it was sent; at most 60 columns."""

    rows: int
    columns: list[ColumnProfileAnswer]
    repeated: int
    first_repeated: list[RepeatedRowAnswer]

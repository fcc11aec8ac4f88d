"""The rows of a sheet as they grow: where each cell stands, and that none stands twice or behind another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.adapters.tabular.xlsx.markup import Attributes, contradictory
from drivetrain.adapters.tabular.xlsx.values import CellTables
from drivetrain.core.errors import TooLargeError

_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_ROW = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_COLUMN = re.compile(r"[A-Z]{1,3}", re.ASCII)
_LONGEST_SHOWN = 20  # characters of a reference in a message


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row with something in it.

    Attributes:
        number: 1-based, as a spreadsheet shows it.
        texts: by column from the first one; None or empty for an empty cell. Those at the end may be left out.
        kinds: ``CellKind`` of each of them; of an empty one it says nothing.
    """

    number: int
    texts: list[str | None]
    kinds: bytearray


class GrowingRows:
    """Puts cells into rows, in the order in which they stand in the sheet.

    Attributes:
        ended: rows that are complete and were not taken yet; blank ones are left out.
        width: columns up to the last one that had something in it so far.
    """

    def __init__(self, tables: CellTables) -> None:
        self.ended: list[SheetRow] = []
        self.width = 0
        self._tables = tables
        self._columns: dict[str, int] = {}
        self._number = 0
        self._row_text = ""
        self._column = -1
        self._texts: list[str | None] = []
        self._kinds = bytearray()

    def start(self, reference: str | None) -> None:
        """Begin a row.

        Args:
            reference: its number as it is written; None for the next one.

        Raises:
            UnreadableInputError: it is no number of a row, or does not follow the one before.
        """
        number = str(self._number + 1) if reference is None else reference
        if not _ROW.fullmatch(number):
            raise contradictory(f"row {number[:_LONGEST_SHOWN]!r} follows row {self._number}")
        self._follow(int(number))
        self._row_text = number
        self._column = -1
        self._texts = [None] * self.width
        self._kinds = bytearray(self.width)

    def end(self) -> None:
        """End the row."""
        if any(self._texts):
            self.ended.append(SheetRow(self._number, self._texts, self._kinds))

    def add(self, attributes: Attributes, stored: str | None, *, has_formula: bool) -> None:
        """Add a cell to the row.

        Raises:
            UnreadableInputError: it stands elsewhere, stands there already, or cannot have this value.
            TooLargeError: it is too long, or too far to the right.
        """
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        if column <= self._column:
            raise contradictory(f"cell {reference} stands twice in its row, or behind a later one")
        self._column = column
        text, kind = self._tables.read(attributes, stored, has_formula=has_formula)
        if not text:
            return
        if column >= self.width:
            self._widen(column + 1)
            self._texts.extend([None] * (self.width - len(self._texts)))
            self._kinds.extend(bytes(self.width - len(self._kinds)))
        self._texts[column] = text
        self._kinds[column] = kind

    def add_row(self, number: int, columns: Sequence[int], texts: list[str | None], kinds: bytearray) -> None:
        """Add a whole row.

        Args:
            columns: of the texts, ascending.
            kinds: of all columns up to the last of them.

        Raises:
            UnreadableInputError: it does not follow the row before.
            TooLargeError: it is too wide.
        """
        self._follow(number)
        if len(texts) < len(kinds):
            placed: list[str | None] = [None] * len(kinds)
            for column, text in zip(columns, texts, strict=True):
                placed[column] = text
            texts = placed
        while len(texts) > self.width and not texts[-1]:
            texts.pop()
        if len(texts) > self.width:
            self._widen(len(texts))
        if any(texts):
            self.ended.append(SheetRow(number, texts, kinds))

    def _follow(self, number: int) -> None:
        if not self._number < number <= _LAST_ROW:
            raise contradictory(f"row {number} follows row {self._number}")
        self._number = number

    def _column_of(self, reference: str) -> int:
        letters = reference.removesuffix(self._row_text)
        if letters not in self._columns:
            column = column_index(letters)
            if column is None:
                shown = reference[:_LONGEST_SHOWN]
                raise contradictory(f"a cell of row {self._row_text} is called {shown!r}")
            self._columns[letters] = column
        return self._columns[letters]

    def _widen(self, width: int) -> None:
        if width > self._tables.columns:
            raise TooLargeError(
                f"The table has {width:,} columns; at most {self._tables.columns:,} are read.",
                code="input.too_many_columns",
            )
        self.width = width


def column_index(letters: str) -> int | None:
    """The index of a column by its letters, from 0 for ``A``; None where there is none of this name."""
    if not _COLUMN.fullmatch(letters):
        return None
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1 if column <= _LAST_COLUMN else None

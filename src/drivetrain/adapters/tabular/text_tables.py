"""Reading CSV text: encoding, separator, quotes and the shape of every row are settled before a cell is believed."""

from __future__ import annotations

import codecs
import csv
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import NoReturn

import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.plain_csv import BLANK, read_plain_rows
from drivetrain.core.errors import FieldError, TooLargeError, UnreadableInputError
from drivetrain.lifecycle.data.cells import SPACES, CellKind, MatchedHeader, match_header
from drivetrain.lifecycle.data.csv_format import locate_header, marked_encoding

_BLOCK = 1 << 20
_SHOWN_HEADER = 80  # characters
_THREE_DECIMALS = r"^([+-]?[0-9]+\.[0-9]{3})$"
CELLS_AT_ONCE = 500_000
"""Cells held as Python objects at a time, whatever the number of columns."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """The cells of a table as text.

    Attributes:
        header: the first row, as written.
        matched: where the contract's columns stand in it.
        cells: the kept columns, named by their place in the header (``"0"``, ``"7"``); one row per data row.
        overlong: how many cells each row has that has more than the header, by 1-based data row; of these
            ``cells`` holds the first ones.
        kinds: ``CellKind`` of each cell, UInt8, in the same columns; of an empty cell it says nothing. None where all
            cells are text.
        sheet: name of the sheet that was read; None for a file without sheets.
    """

    header: list[str]
    matched: MatchedHeader
    cells: pl.DataFrame
    overlong: Mapping[int, int] = field(default_factory=dict)
    kinds: pl.DataFrame | None = None
    sheet: str | None = None

    def overlong_error(self, row: int) -> FieldError:
        """What is wrong with a row that has more cells than the header."""
        detail = (
            f"Row {row:,} has {self.overlong[row]:,} cells where the header has {len(self.header):,}; "
            "quote cells that contain the separator."
        )
        return FieldError("input.ragged_row", detail, row=row)

    def rectangular(self) -> TextTable:
        """The same table.

        Raises:
            UnreadableInputError: ``input.ragged_row``; a row has more cells than the header.
        """
        for row in self.overlong:
            error = self.overlong_error(row)
            raise UnreadableInputError(error.detail, code=error.code)
        return self

    def renamed(self, names: Mapping[str, str]) -> TextTable:
        """The same table where the file has names of its own for the columns of the contract.

        Args:
            names: of the contract, by the file's.
        """
        positions = {names[heading]: place for heading, place in self.matched.positions.items()}
        return replace(self, matched=MatchedHeader(positions, self.matched.ignored))

    def contract_cells(self) -> pl.DataFrame:
        """The columns of the contract, under its names."""
        return self._named(self.cells)

    def contract_kinds(self) -> pl.DataFrame | None:
        """``CellKind`` of these cells; None where all are text."""
        return None if self.kinds is None else self._named(self.kinds)

    def written_cells(self) -> pl.DataFrame:
        """The columns of the contract for those who read numbers from their text alone, by ``as_numerals``."""
        cells, kinds = self.contract_cells(), self.contract_kinds()
        if kinds is None:
            return cells
        return pl.DataFrame(
            {
                name: as_numerals(cells.get_column(name), kinds.get_column(name) == CellKind.NUMBER)
                for name in cells.columns
            }
        )

    def _named(self, frame: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame(
            {name: frame.get_column(str(index)) for name, index in self.matched.positions.items()}
        )


def as_numerals(cells: pl.Series, is_number: pl.Series) -> pl.Series:
    """The texts of cells, with one decimal more where the point of a number could be taken for one that groups digits."""
    return cells.str.replace(_THREE_DECIMALS, "${1}0").zip_with(is_number, cells)


def read_csv(
    path: Path, names: Sequence[str], limits: ParseLimits, *, optional: Collection[str] = (), keep_all: bool
) -> TextTable:
    """Read a CSV file in UTF-8 or, with a byte order mark, UTF-16; separated by comma, semicolon or tab.

    Blank rows at the end are dropped, as spreadsheets leave them; elsewhere they are rows without values. A row
    that is shorter than the header lacks its last cells. The header is the one of the first rows with most of
    the columns; what stands above it is passed over.

    Args:
        path: the file.
        names: columns of the contract; they decide between separators, and which cells are kept.
        limits: rows, columns and length of a cell.
        optional: those of ``names`` that the header may lack.
        keep_all: True to keep every column.

    Raises:
        UnreadableInputError: not text, broken quotes, nothing in it.
        TooLargeError: more rows, columns or longer cells than the limits allow.
        ContractError: the header does not fit the contract.
    """
    csv.field_size_limit(limits.cell_chars)
    encoding = _encoding(path)
    place = locate_header(path, encoding, names, most_columns=limits.columns, rows=limits.header_rows)
    with path.open(encoding=encoding, newline="") as file, _broken_rows_refused() as position:
        lines = csv.reader(file, delimiter=place.separator, strict=True)
        header = next(islice(lines, place.row, None), None)
        if header is None:
            raise UnreadableInputError(
                "The file is empty; send a header and at least one row.", code="input.empty"
            )
        check_width(len(header), limits)
        matched = match_header(
            header, names, optional, subject=named_header(header, f"line {lines.line_num:,}")
        )
        columns = range(len(header)) if keep_all else sorted(matched.positions.values())
        plain = read_plain_rows(
            path,
            encoding,
            place.separator,
            header_row=place.row,
            width=len(header),
            columns=columns,
            limits=limits,
        )
        if plain is not None:
            return TextTable(header, matched, plain)
        overlong: dict[int, int] = {}
        rows = _rectangular(position.counted(lines), len(header), limits, overlong)
        return TextTable(header, matched, text_frame(rows, len(header), columns), overlong)


def named_header(header: Sequence[str], place: str) -> str:
    """The header and its place as the start of a sentence, so that a title that was taken for one is recognized."""
    header_text = textwrap.shorten(", ".join(header), _SHOWN_HEADER, placeholder=" …")
    return f"The header ({place}: {header_text!r})"


def check_width(columns: int, limits: ParseLimits) -> None:
    """Refuse a table that is too wide.

    Raises:
        TooLargeError: it has more columns than the limit.
    """
    if columns > limits.columns:
        raise TooLargeError(
            f"The table has {columns:,} columns; at most {limits.columns:,} are read.",
            code="input.too_many_columns",
        )


def refuse_rows(limits: ParseLimits) -> NoReturn:
    """Refuse a table that is too long.

    Raises:
        TooLargeError: always.
    """
    raise TooLargeError(
        f"The table has more than {limits.rows:,} rows; split it into several files.",
        code="input.too_many_rows",
    )


def _encoding(path: Path) -> str:
    """The encoding of a file that holds nothing but text, proved by reading it once."""
    encoding = marked_encoding(path)
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        has_text = False
        try:
            while block := file.read(_BLOCK):
                text = decoder.decode(block)
                if "\0" in text:
                    raise UnreadableInputError(
                        "The file contains NUL bytes, so it is not a text table; save it as CSV in UTF-8.",
                        code="input.nul_bytes",
                    )
                has_text = has_text or bool(text.strip(SPACES))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableInputError(
                "The file is neither UTF-8 nor UTF-16 with a byte order mark; save it as CSV in UTF-8.",
                code="input.encoding",
            ) from error
    if not has_text:
        raise UnreadableInputError(
            "The file is empty; send a header and at least one row.", code="input.empty"
        )
    return encoding


class _Place:
    """How far the reading has come: 0 up to the header, then the number of the data row."""

    def __init__(self) -> None:
        self.row = 0

    def counted(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        self.row = 1
        for row in rows:
            yield row
            self.row += 1


@contextmanager
def _broken_rows_refused() -> Iterator[_Place]:
    """Translate the errors of the csv module, which come without a row."""
    place = _Place()
    try:
        yield place
    except csv.Error as error:
        row_text = f"Row {place.row:,}" if place.row else "The header"
        if "field limit" in str(error):
            raise TooLargeError(
                f"{row_text} has a cell of more than {csv.field_size_limit():,} characters; is a quotation mark left open?",
                code="input.cell_too_long",
            ) from error
        raise UnreadableInputError(
            f"{row_text} has a quotation mark that is not closed, or text after the closing one; "
            "inside quotes, write a quotation mark twice.",
            code="input.broken_quotes",
        ) from error


def _rectangular(
    rows: Iterator[list[str]], width: int, limits: ParseLimits, overlong: dict[int, int]
) -> Iterator[list[str]]:
    """The data rows, all of one width, without the blank ones at the end; ``overlong`` gets those that are cut."""
    empty = [""] * width
    blank = 0
    for number, row in enumerate(rows, start=1):
        if not "".join(row).strip(BLANK):
            blank += 1
            continue
        if len(row) > width and any(row[width:]):
            overlong[number] = len(row)
        if number > limits.rows:
            refuse_rows(limits)
        for _ in range(blank):
            yield empty
        blank = 0
        yield row if len(row) == width else [*row[:width], *empty[len(row) :]]


def text_frame(rows: Iterator[list[str]], width: int, columns_read: Sequence[int]) -> pl.DataFrame:
    """Rows as a frame whose columns are named by their places.

    Args:
        rows: each of ``width`` cells.
        columns_read: the places that are kept.
    """
    schema = {str(index): pl.String for index in columns_read}
    at_once = max(1, CELLS_AT_ONCE // width)
    parts = [pl.DataFrame(schema=schema)]
    while part := list(islice(rows, at_once)):
        columns = list(zip(*part, strict=True))
        parts.append(pl.DataFrame({str(index): columns[index] for index in columns_read}, schema=schema))
    return pl.concat(parts, rechunk=True)

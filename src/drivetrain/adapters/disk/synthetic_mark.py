"""Telling generated tables from real ones by what stands in them, whatever the file is called.

A generated table has negative numbers in its mark column (the unnamed row number, or an id); a published one
counts upward.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import fastexcel

from drivetrain.core.errors import UnreadableInputError
from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.csv_format import detect_separator, marked_encoding
from drivetrain.lifecycle.data.table_parts import open_parts

_NEGATIVE = re.compile(r"\s*-\d+(\.0*)?\s*")
_UNNAMED = ("unnamed", "__unnamed")  # how pandas and fastexcel call a column without a name
_MOST_COLUMNS = 1_000


def has_synthetic_mark(path: Path, column: str = "") -> bool:
    """True when the mark column of the table holds a negative number anywhere.

    One generated row among real ones is enough. Dropping the column drops the mark.

    Args:
        path: a CSV file; by its ending a spreadsheet (.xlsx, .xls), a Parquet file, or an archive of such
            tables.
        column: name of the mark column; empty for every column without a name.

    Raises:
        UnreadableInputError: the file is no table of its kind.
        OSError: the file cannot be read.
    """
    with open_parts(path) as parts:
        return any(_NEGATIVE.fullmatch(cell) for part in parts for cell in _numbers(part, column))


def _numbers(path: Path, column: str) -> Iterator[str]:
    if path.suffix == ".parquet":
        return _parquet_numbers(path, column)
    return (
        _spreadsheet_numbers(path, column) if path.suffix in {".xlsx", ".xls"} else _csv_numbers(path, column)
    )


def _parquet_numbers(path: Path, column: str) -> Iterator[str]:
    import polars as pl  # only for those who add such a table: a serving process holds the store, too

    try:
        header = list(pl.read_parquet_schema(path))
        frame = pl.read_parquet(path, columns=[header[place] for place in _places(header, column)]).cast(
            pl.String
        )
    except pl.exceptions.PolarsError:
        raise UnreadableInputError("This is not a Parquet file.", code="data.not_a_table") from None
    return (cell for cells in frame for cell in cells if cell is not None)


def _csv_numbers(path: Path, column: str) -> Iterator[str]:
    encoding = marked_encoding(path)
    separator = detect_separator(path, encoding, [column] if column else [], most_columns=_MOST_COLUMNS)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = csv.reader(file, delimiter=separator)
        try:
            places = _places(next(lines, []), column)
            if not places:
                return
            for line in lines:
                yield from (line[place] for place in places if place < len(line))
        except csv.Error as error:
            raise UnreadableInputError(f"This is not a CSV file: {error}.", code="data.not_a_table") from None


def _spreadsheet_numbers(path: Path, column: str) -> Iterator[str]:
    try:
        book = fastexcel.read_excel(path)
        for sheet in book.sheet_names:
            columns = book.load_sheet(sheet, dtypes="string").available_columns()
            places = _places([available.name for available in columns], column)
            if places:
                frame = book.load_sheet(sheet, use_columns=places, dtypes="string").to_polars()
                yield from (cell for cells in frame for cell in cells if cell is not None)
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableInputError(f"This is not a spreadsheet: {reason}.", code="data.not_a_table") from None


def _places(header: Sequence[str], column: str) -> list[int]:
    if column:
        return [place for place, name in enumerate(header) if spelling_key(name) == spelling_key(column)]
    return [
        place
        for place, name in enumerate(header)
        if not name.strip() or name.strip().lower().startswith(_UNNAMED)
    ]

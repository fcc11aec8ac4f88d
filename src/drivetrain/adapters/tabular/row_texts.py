"""Rows as lines of text, a column at once: checked ones as JSON, and those that were sent as a CSV answer repeats them."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import orjson
import polars as pl

from drivetrain.adapters.tabular.answers import escaped

_ROWS_AT_ONCE = 100_000
_FEW = 1_000
"""A column of no more different words is written word by word."""


def write_rows(rows: pl.DataFrame, path: Path) -> None:
    """One line of JSON for each row: the bytes that the same row has when it comes as JSON.

    Args:
        rows: canonical values (Int64, Float64, String, Boolean), null for none; finite numbers.
        path: replaced when it exists.
    """
    with path.open("wb") as file:
        for part in rows.iter_slices(_ROWS_AT_ONCE):
            _write_lines(part.select(_line(part)), file)


def write_csv_lines(cells: pl.DataFrame, path: Path) -> None:
    """One line for each row, the text of ``write_csv`` without its line end; no file where a cell has a line break.

    Args:
        cells: text columns, null for nothing.
        path: replaced when it exists.
    """
    if any(column.str.contains(r"[\r\n]").any() for column in cells.iter_columns()):
        return
    with path.open("wb") as file:
        for part in cells.iter_slices(_ROWS_AT_ONCE):
            _write_lines(part.select(_csv_line(part)), file)


def _csv_line(cells: pl.DataFrame) -> pl.Expr:
    """The cells of all rows as text, each of them quoted."""
    pieces: list[pl.Expr | pl.Series] = []
    for place, column in enumerate(cells.iter_columns()):
        quoted = _escaped(column.fill_null("")).str.replace_all('"', '""', literal=True)
        pieces += [pl.lit('","' if place else '"'), quoted]
    return pl.concat_str(*pieces, pl.lit('"'))


def _write_lines(lines: pl.DataFrame, file: IO[bytes]) -> None:
    lines.write_csv(file, include_header=False, quote_style="never")


def _escaped(cells: pl.Series) -> pl.Series:
    """The texts, with an apostrophe in front of those that a spreadsheet would run: none begins like a word or number."""
    odd = cells.filter(cells.str.contains("^[^0-9A-Za-z]")).unique().to_list()
    risky = [text for text in odd if escaped(text) != text]
    return cells.replace(risky, [escaped(text) for text in risky]) if risky else cells


def _line(rows: pl.DataFrame) -> pl.Expr:
    """The objects of all rows as text; no value in JSON has a line break."""
    pieces: list[pl.Expr | pl.Series] = []
    for place, column in enumerate(rows.iter_columns()):
        start = "," if place else "{"
        pieces += [pl.lit(f"{start}{_text(column.name)}:"), _texts(column)]
    return pl.concat_str(*pieces, pl.lit("}"))


def _texts(column: pl.Series) -> pl.Series:
    """The JSON text of every value."""
    if column.dtype in {pl.Int64, pl.Boolean}:
        return column.cast(pl.String).fill_null("null")
    if column.dtype == pl.Float64:
        numbers = orjson.dumps(column.to_list()).decode()
        return pl.Series(column.name, numbers[1:-1].split(","), dtype=pl.String)
    words = column.unique()
    if len(words) > _FEW:
        return _each(column)
    return column.replace_strict(words, _each(words), return_dtype=pl.String)


def _each(values: pl.Series) -> pl.Series:
    return pl.Series(values.name, [_text(value) for value in values.to_list()], dtype=pl.String)


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
